"""The protocol over a real socket, by clients that others wrote: Python's own digest authentication and MIME writer."""

import gc
import threading
import urllib.request
import warnings
from collections.abc import Iterator
from email.generator import BytesGenerator
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from io import BytesIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils.functional import cached_property

from common.clock import now
from councils.surveys import actions
from councils.surveys.models import FormFile, QuestionnaireVersion, Wave
from tests.surveys.conftest import MakePerson
from tests.surveys.odk_client import filled
from tests.surveys.odk_world import by_token, codes_for, contents, new_device, running_wave
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing is written down, as in production."""


class Wire:
    """A server in this thread, which has the test's database, asked by a client in another."""

    @cached_property
    def server(self) -> WSGIServer:
        return make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/odk"

    def ask(self, request: urllib.request.Request, *handlers: urllib.request.BaseHandler) -> tuple[int, bytes]:
        """The answer to one question, which may take two requests."""
        found: list[tuple[int, bytes]] = []

        def client() -> None:
            with urllib.request.build_opener(*handlers).open(request, timeout=20) as response:
                found.append((response.status, response.read()))

        asking = threading.Thread(target=client, daemon=True)
        # As Django's test client does: the connection of the test must outlive a request.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        with warnings.catch_warnings():
            # urllib leaves the answer that challenged it to the garbage collection.
            warnings.simplefilter("ignore", ResourceWarning)
            asking.start()
            self.server.timeout = 0.2
            while asking.is_alive():
                self.server.handle_request()
            gc.collect()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        [answer] = found
        return answer


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.server.server_close()


@pytest.fixture
def helper(person: MakePerson) -> User:
    return person(Role.HELPER)


@pytest.fixture
def wave(town: Town, small_version: QuestionnaireVersion) -> Wave:
    return running_wave(town, small_version)


def asked(address: str, body: bytes | None = None, kind: str = "text/xml") -> urllib.request.Request:
    headers = {"X-OpenRosa-Version": "1.0", "Content-Type": kind}
    return urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - our own server


def test_pythons_own_digest_gets_in_and_sends(wire: Wire, helper: User, town: Town, wave: Wave) -> None:
    made = new_device(helper, town)
    passwords = urllib.request.HTTPPasswordMgr()
    passwords.add_password("asar", f"{wire.address}/", made.device.username, made.secret)
    digest = urllib.request.HTTPDigestAuthHandler(passwords)
    status, body = wire.ask(asked(f"{wire.address}/formList?deviceID=a%3Ab"), digest)
    assert (status, b"<name>Gardens " in body) == (200, True)
    device = by_token(made)
    [form] = device.forms().values()
    [code] = codes_for(wave, 1)
    xml = filled(device.download(form), {"garden": "no", "trees": "3", "typed": code})
    envelope = MIMEMultipart("form-data")
    part = MIMEApplication(xml, "xml")
    part.add_header("Content-Disposition", "form-data", name="xml_submission_file", filename="filled.xml")
    envelope.attach(part)
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(envelope, linesep="\r\n")
    head, _blank, content = out.getvalue().partition(b"\r\n\r\n")
    kind = next(line for line in head.decode().split("\r\n") if line.startswith("Content-Type")).partition(": ")[2]
    assert wire.ask(asked(f"{wire.address}/submission", content, kind), digest)[0] == 201
    assert [one.answers for one in contents(wave)] == [{"garden": "no", "trees": 3}]


ILLUSTRATED = """
| survey | | | | |
|        | type | name | label::Қазақша (kk) | label::Русский (ru) | label::English (en) | label::Deutsch (de) \
| media::image |
|        | integer | age | Жас | Возраст | Age | Alter | house.png |
| settings | | | | |
|        | form_title | form_id | public_title::Қазақша (kk) | public_title::Русский (ru) \
| public_title::English (en) | public_title::Deutsch (de) |
|        | Houses | houses | Үйлер | Дома | Houses | Häuser |
"""


def test_pictures_come_with_their_form(helper: User, town: Town) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=ILLUSTRATED.encode(), filename="houses.md", now=now()
    )
    picture = b"\x89PNG\r\n\x1a\n and so on"
    FormFile.objects.create(
        version=version, name="house.png", content_type="image/png", content=picture, sha256="0" * 64
    )
    wave = running_wave(town, version)
    device = by_token(new_device(helper, town))
    [form] = device.forms().values()
    assert b"jr://images/house.png" in device.download(form)
    assert device.files == {"house.png": picture}
    missing = device.ask("GET", form["manifestUrl"].replace("manifest.xml", "media/other.png"))
    assert missing.status_code == 404
    [code] = codes_for(wave, 1)
    assert device.send(filled(device.download(form), {"age": "30", "typed": code})).status_code == 201
