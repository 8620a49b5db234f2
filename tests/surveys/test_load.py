"""Five thousand people answer as fast as one server takes it, and its process is killed in the middle.

Whatever was accepted is there, once; pages stay quick meanwhile. The clients do what a phone does: without an answer
they send the same submission again.
"""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from tests.bench.ledger_servers import running
from tests.bench.surveys_judging import responses, shipped_form
from tests.bench.surveys_load import OURS, open_wave_for_all

ROOT = Path(__file__).parents[2]
PEOPLE, AT_ONCE, PATIENCE = 5_000, 12, 120
PORT, SECONDS_OF_PAGE = 18921, 1.0


@contextmanager
def _site(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    argv = [str(ROOT / ".venv/bin/granian"), "--interface", "wsgi", "config.wsgi:application", "--port", str(PORT)]
    argv += ["--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers"]
    process = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, f"http://127.0.0.1:{PORT}"
    finally:
        process.terminate()
        process.wait()


def _ask(url: str, method: str, path: str, body: bytes | None = None) -> int:
    """The status, 0 when there was no answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", "Accept-Language": "en"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status


def _until(url: str, method: str, path: str, body: bytes | None = None) -> int:
    deadline = time.monotonic() + PATIENCE
    while (status := _ask(url, method, path, body)) == 0 and time.monotonic() < deadline:
        pass
    return status


def _worker_of(process: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return next(pid for pid, command in commands.items() if b"resource_tracker" not in command)


@pytest.mark.soak
def test_five_thousand_answer_and_a_process_dies() -> None:
    form = shipped_form(ROOT)
    sent = responses(form, count=200)
    instances = [str(uuid4()) for _person in range(PEOPLE)]
    pages: list[float] = []
    with running(ROOT) as server:
        wave = open_wave_for_all(server)
        server.manage(OURS, "collectstatic", "--noinput", "--verbosity", "0")
        path = f"/api/v1/surveys/waves/{wave}/responses/"
        env = server.environment(OURS) | {"API_RATE": "1000000000/min"}
        with _site(env) as (process, url), ThreadPoolExecutor(AT_ONCE + 1) as pool:
            assert _until(url, "GET", "/health/") == http.client.OK
            accepted: list[str] = []

            def answer(number: int) -> None:
                body = json.dumps({"instance": instances[number], "answers": sent[number % len(sent)]}).encode()
                if _until(url, "POST", path, body) == http.client.OK:
                    accepted.append(instances[number])

            def look() -> None:
                while len(accepted) < PEOPLE * 0.98:
                    begun = time.monotonic()
                    if _ask(url, "GET", f"/en/surveys/wave/{wave}/") == http.client.OK:
                        pages.append(time.monotonic() - begun)

            jobs = [pool.submit(look), *(pool.submit(answer, number) for number in range(PEOPLE))]
            deadline = time.monotonic() + PATIENCE
            while len(accepted) < PEOPLE // 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            os.kill(_worker_of(process), signal.SIGKILL)
            for job in jobs:
                job.result()
        kept = server.execute("SELECT id FROM surveys_envelope", database=OURS)
        marks = server.execute("SELECT count(*) FROM surveys_received", database=OURS)
    assert sorted(accepted) == sorted(instances)
    assert (len({UUID(str(pk)) for (pk,) in kept}), marks[0][0]) == (PEOPLE, PEOPLE)
    pages.sort()
    print(f"pages {len(pages)}, p50 {pages[len(pages) // 2]:.3f} s, p99 {pages[int(len(pages) * 0.99)]:.3f} s")
    assert pages[int(len(pages) * 0.99)] < SECONDS_OF_PAGE
