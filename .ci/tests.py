"""Runs the tests in two runs: the browser's journeys, and all the others.

Playwright keeps an event loop in its thread and Django refuses to ask a database there, so the two must NEVER share a
process; each of the two at work on journeys has a site of its own. Called by `make test` and `make soak` with servers
running: `tests.py quick|soak [pytest's arguments]`. Paths among the arguments choose what runs; everything else goes to
both runs. It ends with a status other than 0 if either run failed, or if neither found a test.

Quick runs go at once: journeys wait for pages, for killed servers and for a slow Stripe much of their time, and the
others need the processors meanwhile. The long ones measure, so they go one after the other, and so does a search for
the first failure.
"""  # noqa: INP001

import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
JOURNEYS = "tests/journeys"
MARKS = {"quick": "not soak", "soak": "soak"}
PARALLEL = {"quick": ["-n", "2", "--dist", "loadfile"], "soak": []}
FIRST_FAILURE_ENDS = {"-x", "--exitfirst", "--maxfail=1"}
PASSED, INTERRUPTED, NOTHING_FOUND = 0, 2, 5  # pytest's
_SIGNALLED = 128


def split(arguments: list[str]) -> tuple[list[str], list[str], list[str]]:
    """What pytest is asked for, taken apart: paths of journeys, other paths, and what is no path."""
    journeys: list[str] = []
    others: list[str] = []
    options: list[str] = []
    for word in arguments:
        path = word.removeprefix(f"{ROOT}/").removeprefix("./").rstrip("/")
        if path == "tests":
            journeys.append(JOURNEYS)
            others.append(path)
        elif path.partition("::")[0] == JOURNEYS or path.startswith(f"{JOURNEYS}/"):
            journeys.append(path)
        elif path.startswith("tests/"):
            others.append(path)
        else:
            options.append(word)
    if not journeys and not others:
        return [JOURNEYS], ["tests"], options
    return journeys, others, options


def run(together: list[list[str]]) -> list[int]:
    """Pytests at the same time, their exit statuses; what stops us stops them, and we wait for them to clean up.

    The first speaks as it goes, the others when they have ended: nobody can read two at once.
    """
    with ExitStack() as files:
        said = [None, *(files.enter_context(TemporaryFile()) for _ in together[1:])]
        children = [
            subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, stdout=out, stderr=out)
            for arguments, out in zip(together, said, strict=True)
        ]

        def pass_on(received: int, _frame: FrameType | None) -> None:
            for child in children:
                child.send_signal(received)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        signal.signal(signal.SIGINT, lambda _received, _frame: None)  # Ctrl-C reaches the children by itself
        codes = []
        for child, out in zip(children, said, strict=True):
            code = child.wait()
            codes.append(code if code >= 0 else _SIGNALLED - code)
            if out is not None:
                out.seek(0)
                shutil.copyfileobj(out, sys.stdout.buffer)
                sys.stdout.flush()
    return codes


def main(kind: str, arguments: list[str]) -> int:
    """Both runs; the exit status of the first that failed."""
    journeys, others, options = split(arguments)
    marked = ["-m", MARKS[kind]]
    runs = []
    if others:
        runs.append([*PARALLEL[kind], *marked, "--ignore", JOURNEYS, *options, *others])
    if journeys:
        runs.append([*PARALLEL[kind], *marked, *options, *journeys])
    first_failure_ends = bool(FIRST_FAILURE_ENDS.intersection(options))
    codes: list[int] = []
    for together in [runs] if kind == "quick" and not first_failure_ends else [[one] for one in runs]:
        codes += run(together)
        stopped = [code for code in codes if code == INTERRUPTED or code > _SIGNALLED]
        if stopped:
            return stopped[0]
        if first_failure_ends and codes[-1] not in {PASSED, NOTHING_FOUND}:
            break
    failed = [code for code in codes if code not in {PASSED, NOTHING_FOUND}]
    return failed[0] if failed else min(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
