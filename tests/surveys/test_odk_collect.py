"""Requests byte by byte as ODK Collect puts them on the wire (OkHttp): its headers, its digest, its parts.

Written down after the published source of the app: HEAD with the device's id, an old nonce used again before any new
challenge, a clock of twelve hours, one part for each file, `*isIncomplete*` at the end of a part that is not the last.
"""

import gzip
import hashlib
import re
from http import HTTPStatus
from typing import Any

import pytest
from defusedxml import ElementTree as SafeTree
from django.http import HttpResponseBase
from django.test import Client

from common.clock import now
from councils.surveys import actions
from councils.surveys.models import EnvelopeFile, Wave
from councils.surveys.states import Audience
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import RESPONSE, XFORMS, filled
from tests.surveys.odk_world import by_token, codes_for, contents, new_device, running_wave
from tests.surveys.recordings import ogg
from tests.surveys.test_odk_parts import FORM, picture
from towns.models import Town
from users.states import Role

pytestmark = pytest.mark.django_db

AGENT = "org.odk.collect.android/v2026.2.1 Dalvik/2.1.0 (Linux; U; Android 14; SM-A155F Build/UP1A.231005.007)"
BOUNDARY = "c2f6f6f0-3f0a-4a44-9f4b-0d5a1be4a7c1"
PLACE = "/odk/submission?deviceID=collect%3AtQ9dM0Zs1xYb"
CHANCE = "c41c2a1f0b7d4e55"


@pytest.fixture
def wave(town: Town) -> Wave:
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=FORM.encode(), filename="houses.md", now=now()
    )
    return running_wave(town, version)


class Collect:
    """The app on the wire. `nonce` is the one it remembers; each use of it counts one more."""

    def __init__(self, username: str, secret: str) -> None:
        self._client = Client(enforce_csrf_checks=True)
        self._username, self._secret = username, secret
        self._nonce, self._used = "", 0

    def ask(self, method: str, path: str, body: bytes = b"") -> HttpResponseBase:
        """One request, and once more when it is challenged."""
        found = self._once(method, path, body)
        if found.status_code == HTTPStatus.UNAUTHORIZED:
            asked = found["WWW-Authenticate"]
            assert asked.startswith("Digest ")
            told = re.search(r'nonce="([^"]+)"', asked)
            assert told is not None
            self._nonce, self._used = told[1], 0
            found = self._once(method, path, body)
        return found

    def _once(self, method: str, path: str, body: bytes) -> HttpResponseBase:
        headers = {
            "User-Agent": AGENT,
            "X-OpenRosa-Version": "1.0",
            "Date": "Sun, 22 Nov 2026 05:10:21 GMT",
            "Connection": "Keep-Alive",
            "Accept-Encoding": "gzip",
        }
        if self._nonce:
            self._used += 1
            headers["Authorization"] = self._proof(method, path)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self._client.generic(method, path, body, content_type=kind, headers=headers)

    def _proof(self, method: str, path: str) -> str:
        count = f"{self._used:08x}"
        own = _md5(f"{self._username}:asar:{self._secret}")
        response = _md5(f"{own}:{self._nonce}:{count}:{CHANCE}:auth:{_md5(f'{method}:{path}')}")
        return (
            f'Digest username="{self._username}", realm="asar", nonce="{self._nonce}", uri="{path}", '
            f'response="{response}", qop=auth, nc={count}, cnonce="{CHANCE}", algorithm=MD5'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _part(name: str, content: bytes, *, file: str = "", kind: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    lines = [f"--{BOUNDARY}", head, *([f"Content-Type: {kind}"] if kind else []), f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content + b"\r\n"


def _body(xml: bytes, files: dict[str, tuple[bytes, str]], *, is_last: bool = True) -> bytes:
    parts = [_part("xml_submission_file", xml, file="Houses_2026-11-22_17-10-21.xml", kind="text/xml")]
    parts += [_part(name, content, file=name, kind=kind) for name, (content, kind) in files.items()]
    if not is_last:
        parts.append(_part("*isIncomplete*", b"yes"))
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _said(response: Any) -> tuple[int, str, str]:
    """What Collect looks at: the status, the kind of content, the nature of the sentence."""
    packed = response.headers.get("Content-Encoding") == "gzip"  # which Collect asks for
    root = SafeTree.fromstring(gzip.decompress(response.content) if packed else response.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    return response.status_code, response["Content-Type"], root[0].attrib["nature"]


TAKEN = (HTTPStatus.CREATED, "text/xml; charset=utf-8", "submit_success")


def test_a_submission_in_two_requests_as_the_app_sends_them(person: MakePerson, town: Town, wave: Wave) -> None:
    made = new_device(person(Role.HELPER), town)
    device = by_token(made)
    [listed] = device.forms("?deviceID=collect%3AtQ9dM0Zs1xYb&listAllVersions=true&verbose=false").values()
    [code] = codes_for(wave, 1)
    names = {"front": "1763800000001.jpg", "back": "1763800000002.jpg", "voice": "1763800000003.ogg"}
    xml = filled(device.download(listed), {"age": "30", "typed": code, **names})
    app = Collect(made.device.username, made.secret)
    head = app.ask("HEAD", PLACE)
    assert (head.status_code, head["Location"]) == (HTTPStatus.NO_CONTENT, "http://testserver/odk/submission")
    assert int(head["X-OpenRosa-Accept-Content-Length"]) >= 1_000_000
    assert head["X-OpenRosa-Version"] == "1.0"
    pictures = {names[side]: (picture(shade), "image/jpeg") for shade, side in enumerate(("front", "back"))}
    first = _body(xml, pictures, is_last=False)
    last = _body(xml, {names["voice"]: (ogg(), "audio/ogg"), "audit.csv": (b"event,node,start", "text/csv")})
    assert _said(app.ask("POST", "/odk/submission", first)) == TAKEN
    assert _said(app.ask("POST", "/odk/submission", last)) == TAKEN
    # The answer to the last one was lost: the app begins with the first one again.
    assert _said(app.ask("POST", "/odk/submission", first)) == TAKEN
    assert _said(app.ask("POST", "/odk/submission", last)) == TAKEN
    [content] = contents(wave)
    assert content.answers == {"age": 30, **names}
    assert EnvelopeFile.objects.count() == 3


def test_what_was_changed_after_sending_takes_the_place_of_the_old_answers(person: MakePerson, town: Town) -> None:
    """No form of ours lets the app do it, but programs of others say by `deprecatedID` what they changed."""
    editable = FORM.replace("| form_id |", "| form_id | client_editable |").replace("| houses |", "| houses | yes |")
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=editable.encode(), filename="houses.md", now=now()
    )
    wave = running_wave(town, version, Audience.OPEN)
    device = by_token(new_device(person(Role.HELPER), town))
    [listed] = device.forms().values()
    form = device.download(listed)
    assert b"client-editable" not in form
    model = SafeTree.fromstring(form).find(f".//{XFORMS}model")
    assert model is not None
    assert model.find(f"{XFORMS}submission") is None
    old = filled(form, {"age": "30"}, instance="uuid:old")
    ending = re.search(rb"<(\w+:)?instanceID>uuid:old</(\w+:)?instanceID>", old)
    assert ending is not None
    told = ending[0].replace(b"instanceID", b"deprecatedID")
    new = old.replace(ending[0], ending[0].replace(b"uuid:old", b"uuid:new") + told).replace(b">30<", b">31<")
    for body in (old, new, new):
        assert device.send(body).status_code == HTTPStatus.CREATED
    assert [content.answers for content in contents(wave)] == [{"age": 31}]
