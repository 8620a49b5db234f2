"""Runs the sequencer on a copy of a filled ledger whose log was never signed, with keys of the bench."""

import json
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ledger_servers import Server

DATABASE = "bench_sequenced"


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What signing `leaves` entries of 27 logs took in CPU seconds, and the largest of these logs in seconds; and what
    one proof file of it takes in microseconds."""

    leaves: int
    client_cpu: float
    server_cpu: float
    largest: int
    largest_seconds: float
    proof_us: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per leaf, client and server together."""
        return (self.client_cpu + self.server_cpu) / self.leaves * 1e6


def sequence(server: Server, *, template: str) -> Sequenced:
    """Copy the database `template`, sign everything in it."""
    server.fresh(DATABASE, template=template)
    environment = server.environment(DATABASE) | log_settings(server.places.run / "log")
    script = server.root / "tests" / "bench" / "log_sequencing.py"
    ran = subprocess.run(
        [sys.executable, str(script)], env=environment, cwd=server.root, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"bench: the sequencer failed\n{ran.stderr[-3000:]}")
    return Sequenced(**json.loads(ran.stdout.splitlines()[-1]))


def log_settings(folder: Path) -> dict[str, str]:
    """A seed and an empty record of what was signed."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "state").mkdir(parents=True, mode=0o700)
    seed = folder / "seed"
    seed.write_bytes(secrets.token_bytes(32))
    seed.chmod(0o600)
    return {"LOG_SEED_FILE": str(seed), "LOG_STATE_DIR": str(folder / "state")}
