"""A device as the published OpenRosa 1.0 protocol describes it, written from the specification, not from our server.

It discovers forms, downloads them with their files, and sends submissions, in parts where they are large. It proves
itself by digest (RFC 2617, qop=auth), Basic, or a token in the address; like ODK Collect it answers a challenge once.
"""

import base64
import hashlib
import itertools
import re
import secrets
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from defusedxml import ElementTree as SafeTree
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
XFORMS = "{http://www.w3.org/2002/xforms}"
XHTML = "{http://www.w3.org/1999/xhtml}"
HEADERS = {"X-OpenRosa-Version": "1.0", "Date": "Mon, 14 Feb 2011 16:48:15 GMT"}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Device:
    """A device with the address of its server and, where it has them, its name and secret."""

    server: str
    username: str = ""
    secret: str = ""
    basic: bool = False
    secure: bool = False
    language: str = ""
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    challenges: int = 0
    _nonce: str = ""
    _realm: str = ""
    _counts: Any = None

    def ask(self, method: str, url: str, **content: Any) -> Any:
        """One request as the protocol wants it: its headers, and a second try after a challenge."""
        for _attempt in range(2):
            response = self._send(method, url, content)
            if response.status_code != HTTPStatus.UNAUTHORIZED or not self.username or self.basic:
                break
            asked = response["WWW-Authenticate"]
            assert asked.startswith("Digest ")
            self._nonce, self._realm = (self._part(asked, name) for name in ("nonce", "realm"))
            assert (self._part(asked, "qop"), "domain=" in asked) == ("auth", True)
            self._counts = itertools.count(1)
            self.challenges += 1
        assert response["X-OpenRosa-Version"] == "1.0"
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", response["Date"])
        assert not response.cookies
        return response

    @staticmethod
    def _part(header: str, name: str) -> str:
        found = re.search(rf'\b{name}="([^"]*)"', header)
        assert found is not None
        return found[1]

    def _send(self, method: str, url: str, content: dict[str, Any]) -> Any:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = dict(HEADERS)
        if self.language:
            headers["Accept-Language"] = self.language
        if self.basic:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        elif self._nonce:
            headers["Authorization"] = self.proof(method, path, count=next(self._counts))
        ask = getattr(self.client, method.lower())
        return ask(path, headers=headers, secure=self.secure, **content)

    def proof(self, method: str, path: str, *, count: int) -> str:
        """The Authorization header of RFC 2617 for the nonce at hand."""
        chance, nc = secrets.token_hex(8), f"{count:08x}"
        ha1 = _md5(f"{self.username}:{self._realm}:{self.secret}")
        ha2 = _md5(f"{method}:{path}")
        response = _md5(f"{ha1}:{self._nonce}:{nc}:{chance}:auth:{ha2}")
        return (
            f'Digest username="{self.username}", realm="{self._realm}", nonce="{self._nonce}", uri="{path}",'
            f' response="{response}", qop=auth, nc={nc}, cnonce="{chance}", algorithm=MD5'
        )

    def forms(self, query: str = "?deviceID=collect%3AaBc") -> dict[str, dict[str, str]]:
        """The forms that the server offers, by their id."""
        response = self.ask("GET", f"{self.server}/formList{query}")
        assert (response.status_code, response["Content-Type"]) == (HTTPStatus.OK, "text/xml; charset=utf-8")
        root = SafeTree.fromstring(response.content)
        assert root.tag == f"{LIST}xforms"
        found = {}
        for form in root:
            assert form.tag == f"{LIST}xform"
            told = {one.tag.removeprefix(LIST): one.text or "" for one in form}
            assert {"formID", "name", "version", "hash", "downloadUrl"} <= told.keys()
            found[told["formID"]] = told
        return found

    def download(self, form: dict[str, str]) -> bytes:
        """A form, with its hash checked and every file of its manifest."""
        response = self.ask("GET", form["downloadUrl"])
        assert response.status_code == HTTPStatus.OK
        assert f"md5:{hashlib.md5(response.content, usedforsecurity=False).hexdigest()}" == form["hash"]
        self.files = {}
        if "manifestUrl" in form:
            root = SafeTree.fromstring(self.ask("GET", form["manifestUrl"]).content)
            assert root.tag == f"{MANIFEST}manifest"
            for file in root:
                told = {one.tag.removeprefix(MANIFEST): one.text or "" for one in file}
                content = self.ask("GET", told["downloadUrl"]).content
                assert f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}" == told["hash"]
                self.files[told["filename"]] = content
        return bytes(response.content)

    def send(self, xml: bytes, files: dict[str, bytes] | None = None, *, is_last: bool = True) -> Any:
        """One part of a submission: HEAD first, as the protocol recommends, then the POST to where it points."""
        head = self.ask("HEAD", f"{self.server}/submission")
        if head.status_code != HTTPStatus.NO_CONTENT:
            return head
        assert int(head["X-OpenRosa-Accept-Content-Length"]) > 0
        data: dict[str, Any] = {
            "xml_submission_file": SimpleUploadedFile("filled.xml", xml, content_type="text/xml"),
            **{name: SimpleUploadedFile(name, content) for name, content in (files or {}).items()},
        }
        if not is_last:
            data["*isIncomplete*"] = "yes"
        return self.ask("POST", head["Location"], data=data)


def filled(form: bytes, answers: dict[str, str], *, instance: str = "") -> bytes:
    """The form's own instance with answers put in, as a device fills it; `instance` is its id."""
    root = SafeTree.fromstring(form).find(f"{XHTML}head/{XFORMS}model/{XFORMS}instance")
    assert root is not None
    data = root[0]
    for element in data.iter():
        name = element.tag.rpartition("}")[2]
        if name == "instanceID":
            element.text = instance or f"uuid:{uuid.uuid4()}"
        elif name in answers:
            element.text = answers[name]
    return ET.tostring(data)


def message_of(response: Any) -> str:
    """The sentence of the protocol's envelope."""
    root = SafeTree.fromstring(response.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    return root.findtext(f"{RESPONSE}message") or ""
