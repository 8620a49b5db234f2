"""The page that checks proofs, as the server makes it, and the page where the server itself checks."""

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from transparency.actions import integrate
from transparency.queries import latest_checkpoint, policy_file, proof_file
from transparency.rules.links import from_link
from transparency.rules.proofs import format_proof, parse_proof

pytestmark = pytest.mark.django_db
SLUG = "temirtau"
Write = Callable[..., int]


def sealed(write: Write, now: datetime, **facts: object) -> int:
    index = write(7, **facts)
    integrate(slug=SLUG, now=now)
    return index


def text_of(content: bytes) -> str:
    main = content.decode().partition("<main")[2].partition("<footer")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def ask(client: Client, data: bytes) -> str:
    answer = client.post("/en/verify/server/", {"proof": SimpleUploadedFile("a.tlog-proof", data)})
    assert answer.status_code == 200
    return text_of(answer.content)


def test_the_page_carries_policy_sentences_and_last_checkpoint(client: Client, write: Write, now: datetime) -> None:
    sealed(write, now)
    html = client.get("/en/verify/").content.decode()
    last = latest_checkpoint(SLUG)
    assert last is not None
    found = re.search(r"<pre[^>]*data-policy[^>]*>([^<]*)</pre>", html)
    assert found
    assert unescape(found[1]).encode() == policy_file(SLUG)
    assert f'data-root="{base64.b64encode(last.root).decode()}"' in html.replace("&#43;", "+").replace("&#61;", "=")
    assert 'data-say="fault_changed"' in html
    assert 'data-say="month:12"' in html
    assert html.count("<script") == 1
    assert re.search(r'<script type="module" src="/static/verify/page[^"]*\.js"></script>', html)


def test_the_page_is_the_same_for_everybody_and_asks_again_only_when_something_was_signed(
    client: Client, write: Write, now: datetime
) -> None:
    sealed(write, now)
    first = client.get("/en/verify/")
    assert first.headers["Cache-Control"].startswith("max-age=0") or "public" in first.headers["Cache-Control"]
    assert "Cookie" not in first.headers.get("Vary", "")
    again = client.get("/en/verify/", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    sealed(write, now)
    assert client.get("/en/verify/", headers={"if-none-match": first.headers["ETag"]}).status_code == 200


def test_the_server_says_what_a_proof_shows_and_what_it_does_not(client: Client, write: Write, now: datetime) -> None:
    index = sealed(write, now, personal={"name": "Aigul"})
    text = ask(client, proof_file(SLUG, index, with_openings=True))
    assert "The proof holds. Too few witnesses have confirmed it yet" in text
    assert "This line is number 1 of 1 in the log. Town: Temirtau" in text
    assert "Name Aigul Sealed with the line; the file opens it" in text
    assert "no witness has confirmed this state yet" in text
    assert "you have to believe what it says" in text
    closed = ask(client, proof_file(SLUG, index))
    assert "Sealed and not opened here Name" in closed
    assert "Aigul" not in closed


def test_text_may_be_pasted_and_lines_may_end_as_windows_ends_them(client: Client, write: Write, now: datetime) -> None:
    text = proof_file(SLUG, sealed(write, now)).decode()
    answer = client.post("/en/verify/server/", {"text": "\n" + text.replace("\n", "\r\n") + "\n\n"})
    assert "The proof holds" in text_of(answer.content)


def changed(data: bytes, of: bytes, to: bytes) -> bytes:
    assert data.count(of) == 1
    return data.replace(of, to)


def with_entry(data: bytes, of: str, to: str) -> bytes:
    """The file with another line in it, everything else as it was."""
    file = parse_proof(data)
    extra = json.loads(file.extra)
    entry = base64.b64decode(extra["entry"]).decode()
    assert of in entry
    extra["entry"] = base64.b64encode(entry.replace(of, to).encode()).decode()
    packed = json.dumps(extra, separators=(",", ":"), sort_keys=True).encode()
    return changed(data, base64.b64encode(file.extra), base64.b64encode(packed))


def test_each_fault_has_its_sentence(client: Client, write: Write, now: datetime) -> None:
    write(1)
    data = proof_file(SLUG, sealed(write, now, personal={"name": "Aigul"}), with_openings=True)
    note = parse_proof(data).checkpoint
    signature = note.split(b" ")[-1].strip()
    raw = base64.b64decode(signature)
    other = base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1]))
    faults = {
        "was changed after it was sealed": with_entry(data, '"number":7', '"number":8'),
        "signature is wrong": changed(data, signature, other),
        "that this site does not know: elsewhere.example": data.replace(
            b"127.0.0.1:8000/log/temirtau", b"elsewhere.example"
        ).replace(note.split(b"\n")[0] + b"\n", b"elsewhere.example\n"),
        "its end is missing": data.partition(b"\n\n")[0],
        "is not a proof": b"GIF89a",
        "form that this page does not know": data.replace(b"@v1", b"@v9"),
        "a part of it cannot be read": data.replace(b"index 1", b"index 01"),
        "does not hold the booked line": re.sub(rb"extra [^\n]+\n", b"", data),
        "is not what was booked. Field: name": _renamed(data),
    }
    for sentence, broken in faults.items():
        text = ask(client, broken)
        assert "This proves nothing" in text
        assert sentence in text
        assert "The proof holds" not in text


def _renamed(data: bytes) -> bytes:
    file = parse_proof(data)
    extra = file.extra.replace(b"Aigul", b"Saule")
    return changed(data, base64.b64encode(file.extra), base64.b64encode(extra))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose a file or paste its text."),
        ({"proof": SimpleUploadedFile("big", b"x" * 65537)}, "The file is too long for a proof."),
    ],
)
def test_nothing_and_too_much_are_refused_at_the_form(client: Client, sent: dict[str, object], sentence: str) -> None:
    text = text_of(client.post("/en/verify/server/", sent).content)
    assert "Please check what you entered" in text
    assert sentence in text


def test_a_lines_proof_leads_to_the_page_with_the_proof_behind_the_hash(
    client: Client, write: Write, now: datetime
) -> None:
    index = sealed(write, now, personal={"name": "Aigul"})
    place = client.get(f"/ru/log/{SLUG}/{index}/").headers["Location"]
    page, _, link = place.partition("#")
    assert page == f"/ru/verify/?line={SLUG}/{index}"
    file = f"/log/{SLUG}/proof/{index}.tlog-proof"
    assert f'href="{file}" download' in client.get(page).content.decode()  # for whoever has no JavaScript
    assert client.get(file).content == proof_file(SLUG, index)
    for strange in ("", SLUG, f"{SLUG}/x", "atlantis/1", f"{SLUG}/{'9' * 30}", "../1"):
        assert "download" not in client.get("/ru/verify/", {"line": strange}).content.decode()
    assert format_proof(from_link(link)) == proof_file(SLUG, index)  # without what is sealed
    picture = client.get(f"/ru/log/{SLUG}/{index}.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert client.get(f"/ru/log/{SLUG}/{index + 1}/").status_code == 404
