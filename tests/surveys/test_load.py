"""Five thousand people answer as fast as one machine takes it: most by programs, five hundred page by page.

Meanwhile the web server is killed, then the Celery worker, and the worker once more while it opens the closed wave.
Whatever was accepted is there, once; pages stay quick. The clients do what a phone does: without an answer they send
the same again.
"""

import http.client
import http.cookiejar
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import psycopg
import pytest

from councils.surveys.rules import Answers
from devservices.stack import Stack, temporary_stack
from tests.bench.surveys_judging import responses, shipped_form

ROOT = Path(__file__).parents[2]
PROGRAMS, READERS = 4_500, 500
PROGRAMS_AT_ONCE, READERS_AT_ONCE, PATIENCE = 4, 4, 180
SECONDS_OF_PAGE, SECONDS_OF_ALL, SECONDS_OF_OPENING = 1.0, 600, 180
_AWAY = {http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE}
_SECTIONS = 20  # more pages than any way through the questionnaire has
_FORM = re.compile(r'<form class="form" method="post".*?</form>', re.DOTALL)
_OPEN = """
from datetime import timedelta
from pathlib import Path
from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.states import Audience
from towns.models import Town
moment, source = now(), Path("councils/surveys/data/life_in_our_town.xlsx")
version = actions.import_questionnaire(
    actor=None, slug="life", content=source.read_bytes(), filename=source.name, now=moment
)
last = day_of(moment) + timedelta(days=9)
wave = actions.open_wave(
    actor=None, town=Town.objects.order_by("slug")[0], version=version, opens_date=day_of(moment), closes_date=last,
    audience=Audience.OPEN, now=moment,
)
print("WAVE", wave.pk)
"""
_CLOSE = """
from common.clock import now
from councils.surveys import actions, queries
from councils.surveys.tasks import ask_for_opening
wave = queries.wave_by_id("%s")
actions.end_wave(actor=None, wave=wave, now=now())
ask_for_opening(wave.pk)
"""


@dataclass
class Field:
    """What everybody who answers shares: where, what was accepted, how long pages took."""

    url: str
    wave: str
    accepted: list[str] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    dead: threading.Event = field(default_factory=threading.Event)


def _post(there: Field, path: str, body: bytes) -> int:
    """The status, 0 when there was no answer."""
    connection = http.client.HTTPConnection(urlsplit(there.url).netloc, timeout=30)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status


def _by_program(there: Field, instance: str, answers: Answers) -> None:
    body = json.dumps({"instance": instance, "answers": answers}).encode()
    deadline = time.monotonic() + PATIENCE
    while (status := _post(there, f"/api/v1/surveys/waves/{there.wave}/responses/", body)) in {0, 503}:
        assert time.monotonic() < deadline
    assert status == http.client.OK
    there.accepted.append(instance)


class Person:
    """Somebody with a browser without scripts: opens pages, types, presses the button, tries again when told to."""

    def __init__(self, there: Field) -> None:
        self._there = there
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, address: str, data: Mapping[str, object] | None = None) -> tuple[str, str]:
        """The address where it ended and the page; while the server is dead, the same once more."""
        deadline = time.monotonic() + PATIENCE
        body = urlencode(data, doseq=True).encode() if data is not None else None
        while True:
            begun, was_dead = time.monotonic(), self._there.dead.is_set()
            request = urllib.request.Request(address, data=body, headers={"Referer": address})  # noqa: S310 - ours
            try:
                with self._browser.open(request, timeout=30) as answer:
                    page, ended = answer.read().decode(), answer.geturl()
            except urllib.error.HTTPError as error:
                if error.code == http.client.UNPROCESSABLE_ENTITY:
                    return address, error.read().decode()
                if error.code not in _AWAY:
                    raise
                page = ""
            except (OSError, http.client.HTTPException):
                page = ""
            if page:
                if not was_dead and not self._there.dead.is_set():
                    self._there.pages.append(time.monotonic() - begun)
                return ended, page
            assert time.monotonic() < deadline

    def answer(self, answers: Answers) -> None:
        """From the first page to the last one."""
        start = f"{self._there.url}/en/surveys/wave/{self._there.wave}/"
        self.ask(start)
        address, page = self.ask(f"{start}answer/1/")
        for _page in range(_SECTIONS):
            if "/review/" in address:
                break
            hidden = _hidden(page)
            shown = hidden["shown"].split()
            typed = {f"a-{name}": answers[name] for name in shown if name in answers}
            address, page = self.ask(address, {**hidden, **typed, "go": "on"})
        assert "/review/" in address
        address, page = self.ask(address, _hidden(page))
        assert address.endswith("/done/")
        found = re.search(r'class="ticket">([^<]+)<', page)
        assert found is not None
        self._there.accepted.append(found[1])


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    form = _FORM.search(page)
    assert form is not None
    fields = re.findall(r'<input[^>]*type="hidden"[^>]*>', form[0])
    pairs = (re.search(r'name="([^"]*)"\s+value="([^"]*)"', one) for one in fields)
    return {pair[1]: unescape(pair[2]) for pair in pairs if pair}


def _count(stack: Stack, statement: str) -> int:
    with psycopg.connect(stack.env["DATABASE_OWNER_URL"]) as books:
        row = books.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _wait_for(there: Field, number: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(there.accepted) < number:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _kill(stack: Stack, there: Field, name: str) -> None:
    """Dead at once, and back as a supervisor brings it back."""
    if name == "web":
        there.dead.set()
    stack.kill(name)
    stack.restart(name)
    if name == "web":
        there.dead.clear()


def _everybody(stack: Stack, there: Field, sent: Sequence[Answers]) -> None:
    """All answer at once in their own ways while things die."""
    with ThreadPoolExecutor(PROGRAMS_AT_ONCE) as programs, ThreadPoolExecutor(READERS_AT_ONCE) as readers:
        jobs = [programs.submit(_by_program, there, str(uuid4()), sent[n % len(sent)]) for n in range(PROGRAMS)]
        jobs += [readers.submit(Person(there).answer, sent[n % len(sent)]) for n in range(READERS)]
        _wait_for(there, (PROGRAMS + READERS) // 4)
        _kill(stack, there, "web")
        _wait_for(there, (PROGRAMS + READERS) // 2)
        _kill(stack, there, "worker")
        for job in jobs:
            job.result()


@pytest.mark.soak
def test_five_thousand_answer_while_the_server_and_the_worker_die() -> None:
    sent = responses(shipped_form(ROOT), count=200)
    with temporary_stack(root=ROOT, demo=False, extra_env={"API_RATE": "1000000000/min"}) as stack:
        told = stack.manage("shell", "-c", _OPEN)
        there = Field(stack.url, told.stdout.partition("WAVE ")[2].split()[0])
        begun = time.monotonic()
        _everybody(stack, there, sent)
        took = time.monotonic() - begun
        everybody = PROGRAMS + READERS
        assert len(set(there.accepted)) == len(there.accepted) == everybody
        assert _count(stack, "SELECT count(*) FROM surveys_envelope") == everybody
        assert _count(stack, "SELECT count(DISTINCT id) FROM surveys_envelope") == everybody
        assert _count(stack, "SELECT count(*) FROM surveys_draft") == READERS

        # The wave is closed; the worker dies while it opens the envelopes, and the sweep goes on.
        assert stack.manage("shell", "-c", _CLOSE % there.wave).returncode == 0
        _kill(stack, there, "worker")
        deadline = time.monotonic() + SECONDS_OF_OPENING
        while (kept := _count(stack, "SELECT count(*) FROM surveys_response")) == 0 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert (kept, _count(stack, "SELECT count(*) FROM surveys_envelope")) == (everybody, 0)
    there.pages.sort()
    p50, p99 = there.pages[len(there.pages) // 2], there.pages[int(len(there.pages) * 0.99)]
    print(f"{everybody} in {took:.0f} s; {len(there.pages)} pages, p50 {p50:.3f} s, p99 {p99:.3f} s")
    assert took < SECONDS_OF_ALL
    assert p99 < SECONDS_OF_PAGE
