"""Environments of their own for the programs that the bench compares with, installed from pinned requirements.

Nothing of them is ever installed beside the product.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path


def peer_python(root: Path, name: str) -> Path:
    """The Python of `.run/bench/<name>`, installed anew when `tests/bench/peers/<name>.txt` changed."""
    uv = root / ".boot" / "bin" / "uv"
    tool = str(uv) if uv.exists() else shutil.which("uv")
    if tool is None:
        sys.exit("bench: uv is missing; `make bench` installs it")
    folder = root / ".run" / "bench" / name
    requirements = root / "tests" / "bench" / "peers" / f"{name}.txt"
    note, wanted = folder / "installed", hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not note.exists() or note.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([tool, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        argv = [tool, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(requirements)]
        subprocess.run(argv, check=True)
        note.write_text(wanted)
    return python
