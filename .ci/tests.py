"""Runs the tests in two processes: the browser's journeys, and all the others.

Playwright keeps an event loop in its thread and Django refuses to ask a database there, so the two must NEVER share a
process; each of the two at work on journeys has a site of its own. Called by `make test` and `make soak` with servers
running: `tests.py quick|soak [pytest's arguments]`. Paths among the arguments choose what runs; everything else goes to
both runs. It ends with a status other than 0 if either run failed, or if neither found a test.
"""  # noqa: INP001

import signal
import subprocess
import sys
from pathlib import Path

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


def run(arguments: list[str]) -> int:
    """One pytest; what stops us stops it, and we wait for it to clean up."""
    child = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    signal.signal(signal.SIGINT, lambda _received, _frame: None)  # Ctrl-C reaches the child by itself
    code = child.wait()
    return code if code >= 0 else _SIGNALLED - code


def main(kind: str, arguments: list[str]) -> int:
    """Both runs, one after the other; the exit status of the first that failed."""
    journeys, others, options = split(arguments)
    marked = ["-m", MARKS[kind]]
    runs = []
    if others:
        runs.append([*PARALLEL[kind], *marked, "--ignore", JOURNEYS, *options, *others])
    if journeys:
        runs.append([*PARALLEL[kind], *marked, *options, *journeys])
    codes = []
    for one in runs:
        codes.append(run(one))
        if codes[-1] == INTERRUPTED or codes[-1] > _SIGNALLED:
            return codes[-1]
        if codes[-1] not in {PASSED, NOTHING_FOUND} and FIRST_FAILURE_ENDS.intersection(options):
            break
    failed = [code for code in codes if code not in {PASSED, NOTHING_FOUND}]
    return failed[0] if failed else min(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
