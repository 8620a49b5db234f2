"""Submissions a second over HTTP: bodies posted over kept connections to one granian process; what PostgreSQL spends.

Each side is served as `make run` and the image serve the site: granian, two processes of eight threads, on the same
machine and the same PostgreSQL; rounds take turns, so that a noisy minute falls on all of them, and a ratio is the
median of the rounds' own ratios.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from councils.surveys.rules import CompiledForm
from tests.bench.ledger_servers import Server, running
from tests.bench.run import Figure, at_least, at_most, shown
from tests.bench.surveys_judging import responses

ROUNDS, SECONDS, CONNECTIONS = 5, 4, 16
BODIES = 2_000  # keys are made anew by the load generator; only the answers repeat
DATABASE, OURS = "bench_rows", "bench_surveys"
ROWS_BAR, HELLO_BAR, POSTGRES_BAR = 15.0, 0.12, 1 / 15
_WAVE = """
from datetime import timedelta
from pathlib import Path
from common.clock import day_of, now
from councils.surveys.actions import import_questionnaire, open_wave
from councils.surveys.states import Audience
from towns.models import Town
moment = now()
source = Path("councils/surveys/data/life_in_our_town.xlsx")
version = import_questionnaire(
    actor=None, slug="life", content=source.read_bytes(), filename=source.name, now=moment
)
wave = open_wave(
    actor=None, town=Town.objects.order_by("slug")[0], version=version, opens_date=day_of(moment),
    closes_date=day_of(moment) + timedelta(days=9), audience=Audience.OPEN, now=moment,
)
print("WAVE", wave.pk)
"""
_POST = """
local bodies = {}
for line in io.lines(%(file)s) do bodies[#bodies + 1] = line end
local random, format = math.random, string.format
local count = 0
function setup(thread) thread:set("seed", os.time()) end
function init() math.randomseed(seed + tonumber(tostring({}):sub(8), 16) %% 100000) end
function request()
  count = count + 1
  local key = format("%%08x-%%04x-4%%03x-8%%03x-%%012x", random(0, 0x7fffffff), random(0, 0xffff), random(0, 0xfff),
    random(0, 0xfff), random(0, 0x7fffffff))
  local body = bodies[count %% #bodies + 1]:gsub("KEY", key, 1)
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
end
"""


@contextmanager
def served(root: Path, module: str, *, port: int, env: Mapping[str, str]) -> Iterator[str]:
    """Granian with two workers of eight threads. Yields its address when it listens."""
    paths = (root / "tests" / "bench" / "servers", root / "platform", root)
    argv = [str(root / ".venv" / "bin" / "granian"), "--interface", "wsgi", module, "--port", str(port)]
    argv += ["--workers", "2", "--blocking-threads", "8"]
    env = {**env, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    process = subprocess.Popen(argv, env=env, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"bench: {module} does not answer")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/", timeout=5)  # noqa: S310 - our own server
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def postgres_seconds(server: Server) -> float:
    """CPU time that PostgreSQL has used so far: its postmaster, those that ended, and all that are alive."""
    data = Path(str(server.execute("SHOW data_directory")[0][0]))
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        is_postmaster = file.parent.name == str(postmaster)
        if is_postmaster or fields[1] == str(postmaster):
            ticks += sum(map(int, fields[11:15] if is_postmaster else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def find_wrk() -> str:
    """The load generator. As root: apt-get install wrk."""
    return shutil.which("wrk") or sys.exit("bench: wrk is missing. As root: apt-get install wrk")


def rate_of(wrk: str, url: str, *arguments: str) -> float:
    """Requests a second over one short run; ends the bench on any answer that is no success."""
    argv = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *arguments, url]
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if found is None or "Non-2xx or 3xx responses" in out:
        sys.exit(f"bench: {url} answers with errors\n{out}")
    return float(found[1])


def post_rate(wrk: str, url: str, bodies: Sequence[str], *, folder: Path) -> float:
    """Requests a second of posting these bodies in turn, `KEY` in each replaced by a fresh UUID. Ends on any error."""
    lines, script = folder / "bodies.jsonl", folder / "post.lua"
    lines.write_text("\n".join(bodies) + "\n", encoding="utf-8")
    script.write_text(_POST % {"file": json.dumps(str(lines))}, encoding="utf-8")
    return rate_of(wrk, url, "-s", str(script))


def row_bodies(form: CompiledForm, numbers: Sequence[int]) -> list[str]:
    """What the endpoint with a row for every answer takes."""
    known = dict(zip((question.name for question in form.questions), numbers, strict=True))
    return [
        json.dumps(
            {
                "key": "KEY",
                "answers": [
                    {"question": known[name], "value": value if isinstance(value, str) else " ".join(map(str, value))}
                    for name, value in answers.items()
                    if isinstance(value, str | list) and value
                ],
            },
            ensure_ascii=False,
        )
        for answers in responses(form, count=BODIES)
    ]


def _rows(server: Server, form: CompiledForm) -> list[int]:
    """The peer's tables in a fresh database; its numbers of the questions."""
    server.fresh(DATABASE)
    program = str(server.root / "tests" / "bench" / "servers" / "rows_server.py")
    names = [question.name for question in form.questions]
    made = subprocess.run(
        [sys.executable, program, *names],
        env=server.environment(DATABASE),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        sys.exit(f"bench: the peer's tables were not made\n{made.stderr[-3000:]}")
    return [int(word) for word in made.stdout.split()]


def our_bodies(form: CompiledForm) -> list[str]:
    """The same answers as the API of the site takes them, one response in a request."""
    return [
        json.dumps({"instance": "KEY", "answers": answers}, ensure_ascii=False)
        for answers in responses(form, count=BODIES)
    ]


def open_wave_for_all(server: Server, database: str = OURS) -> str:
    """The site in a fresh database, with a survey that everybody may answer. Its id."""
    server.fresh(database)
    server.manage(database, "migrate", "--verbosity", "0")
    server.manage(database, "load_towns", "--verbosity", "0")
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", _WAVE],
        env=server.environment(database),
        cwd=server.root,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"WAVE (\S+)", made.stdout)
    return found[1] if found else sys.exit(f"bench: no wave was opened\n{made.stderr[-3000:]}")


def measure_load(root: Path, form: CompiledForm) -> list[Figure]:
    """Hello-world, the endpoint with a row for every answer, and ours, on one server."""
    wrk = find_wrk()
    with running(root) as server:
        bodies = row_bodies(form, _rows(server, form))
        ours_bodies, wave = our_bodies(form), open_wave_for_all(server)
        env = server.environment(DATABASE)
        # The limit would refuse one computer that sends for thousands; it is counted all the same.
        ours_env = server.environment(OURS) | {"API_RATE": "1000000000/min"}
        hello: list[float] = []
        rows: list[float] = []
        ours: list[float] = []
        rows_cpu: list[float] = []
        ours_cpu: list[float] = []
        with (
            served(root, "hello_server:application", port=18911, env=env) as hello_url,
            served(root, "rows_server:application", port=18912, env=env) as rows_url,
            served(root, "config.wsgi:application", port=18913, env=ours_env) as ours_url,
        ):
            sides = (
                (rows, rows_cpu, f"{rows_url}/responses/", bodies),
                (ours, ours_cpu, f"{ours_url}/api/v1/surveys/waves/{wave}/responses/", ours_bodies),
            )
            for _round in range(ROUNDS):
                hello.append(rate_of(wrk, f"{hello_url}/"))
                for rates, cpu, url, sent in sides:
                    before = postgres_seconds(server)
                    rates.append(post_rate(wrk, url, sent, folder=server.places.run))
                    cpu.append((postgres_seconds(server) - before) / (rates[-1] * SECONDS) * 1e6)
        stored = server.execute("SELECT count(*) FROM rows_answer", database=DATABASE)[0][0]
        kept = server.execute("SELECT count(*) FROM surveys_envelope", database=OURS)[0][0]
    return [
        shown("Django hello-world", median(hello), "req/s"),
        shown("ModelSerializer, a row for every answer", median(rows), "req/s"),
        shown("its PostgreSQL CPU for a response", median(rows_cpu), "us"),
        shown("rows it stored", float(str(stored)), ""),
        shown("ours inside DRF, one response a request", median(ours), "req/s"),
        shown("its PostgreSQL CPU for a response", median(ours_cpu), "us"),
        shown("envelopes it stored", float(str(kept)), ""),
        shown("the least of the rounds against ModelSerializer", min(_ratios(ours, rows)), "x"),
        at_least("ours against ModelSerializer", median(_ratios(ours, rows)), "x", ROWS_BAR),
        at_least("ours against hello-world", median(_ratios(ours, hello)), "x", HELLO_BAR),
        at_most(
            "its PostgreSQL CPU against a row for every answer",
            median(_ratios(ours_cpu, rows_cpu)),
            "x",
            POSTGRES_BAR,
        ),
    ]


def _ratios(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Round by round."""
    return [one / other for one, other in zip(ours, others, strict=True)]
