"""A proof is checked in the browser: offline, from file, text and code, in four languages, and nothing false passes."""

import base64
import json
import re
import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.utils.translation import override
from playwright.sync_api import Page, Route, expect

from devservices.stack import Stack
from portal.log_words import FAULTS
from tests.journeys.books import Books
from tests.journeys.browser import violations
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.reader import Reader, words
from tests.transparency.made import Made, made
from tests.transparency.published import INCLUSION, LEAF_HASHES, ROOTS
from transparency.rules.proofs import parse_proof

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Seat = Callable[..., Reader]
PATIENCE = 90
_CHECK = """
async ({file, policy, only}) => {
  const { check } = await import("/static/verify/check.js");
  const { chooseEd25519 } = await import("/static/verify/ed25519.js");
  const { parsePolicy } = await import("/static/verify/policy.js");
  const verify = await chooseEd25519(only);
  try {
    return await check(file, { policies: [parsePolicy(policy)], verify });
  } catch (error) {
    return error.code ?? String(error);
  }
}
"""
_INCLUDED = """
async ([index, size, leaf, path, root]) => {
  const { included } = await import("/static/verify/merkle.js");
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return included({ index, size, leaf: bytes(leaf), path: path.map(bytes), root: bytes(root) });
}
"""
_UNFOLD = 'async (part) => (await import("/static/verify/proofs.js")).textOfLink(part)'


@pytest.fixture(scope="module")
def small() -> Made:
    return made(size=60, index=40)


@pytest.fixture
def proof(stack: Stack, books: Books, reader: Seat) -> bytes:
    """The proof of the demo's first gift, as soon as the sequencer has sealed it."""
    index = books.one(
        "SELECT min(l.log_index) FROM ledger_transaction l JOIN ledger_fund f ON f.id = l.fund_id"
        " JOIN towns_town t ON t.id = f.town_id WHERE l.kind = 'gift' AND t.slug = 'tekeli'"
    )
    visitor = reader("en")
    until = time.monotonic() + PATIENCE
    while True:
        answer = visitor.page.request.get(f"{stack.url}/log/tekeli/proof/{index}.tlog-proof")
        if answer.ok:
            break
        assert time.monotonic() < until, "the sequencer sealed nothing"
        time.sleep(0.2)
    return answer.body()


def ready(somebody: Reader, fragment: str = "") -> Page:
    somebody.page.goto(f"{somebody.site}/{somebody.language}/verify/{fragment}")
    somebody.page.wait_for_selector("html[data-ready]")
    return somebody.page


def choose(page: Page, data: bytes, name: str = "gift.tlog-proof") -> None:
    page.locator("#file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


def forged(line: str) -> str:
    """A signature line whose last bit is another one."""
    start, _, blob = line.rpartition(" ")
    raw = base64.b64decode(blob)
    return f"{start} {base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()}"


@pytest.mark.parametrize(("language", "size"), [("kk", PHONE), ("ru", DESK), ("de", PHONE), ("en", DESK)])
def test_a_gift_is_checked_offline_and_told_in_words(
    reader: Seat, proof: bytes, language: str, size: tuple[int, int]
) -> None:
    somebody = reader(language, size=size, axe=True)
    page = ready(somebody)
    page.context.set_offline(True)
    choose(page, proof)
    result = page.locator("#result")
    expect(result.locator("h3").first).to_have_text(words(language, "Gift"))
    expect(result).to_contain_text(words(language, "What this does not show"))
    expect(result).to_contain_text("₸")
    expect(result.locator(".notice")).to_have_count(1)
    assert result.get_attribute("aria-live") == "polite"
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.context.set_offline(False)


def test_false_files_are_refused_each_with_its_sentence(reader: Seat, proof: bytes) -> None:
    page = ready(reader("en", axe=True))
    page.context.set_offline(True)
    other = made(size=8, index=3)
    faults = {
        "no_proof": b"GIF89a",
        "cut_off": proof.partition(b"\n\n")[0],
        "broken": proof.replace(b"index ", b"index 0"),
        "other_version": proof.replace(b"@v1", b"@v9"),
        "no_entry": re.sub(rb"extra [^\n]+\n", b"", proof),
        "changed": re.sub(rb"index (\d+)", lambda found: b"index %d" % (int(found[1]) + 1), proof),
        "other_log": other.file.encode(),
        "too_long": proof + b"x" * 300_000,
    }
    for code, data in faults.items():
        choose(page, data)
        with override("en"):
            sentence = str(FAULTS[code]).split("{", maxsplit=1)[0]
        expect(page.locator("#result .notice.no")).to_contain_text(sentence)
        expect(page.locator("#result h2")).to_have_text("This proves nothing")
    choose(page, proof)
    expect(page.locator("#result h3").first).to_have_text("Gift")
    page.context.set_offline(False)


def test_a_codes_link_opens_the_proof_and_no_server_hears_of_it(
    reader: Seat, stack: Stack, books: Books, proof: bytes
) -> None:
    somebody = reader("kk", axe=True)
    asked: list[str] = []
    somebody.page.on("request", lambda request: asked.append(request.url))
    index = int(re.search(rb"^index (\d+)$", proof, re.MULTILINE)[1])  # type: ignore[index]
    somebody.page.goto(f"{stack.url}/kk/log/tekeli/{index}/")
    expect(somebody.page.locator("#result h3").first).to_have_text(words("kk", "Gift"))
    assert somebody.page.url.startswith(f"{stack.url}/kk/verify/?line=tekeli/{index}#1$")
    assert all("#" not in address and "$" not in address for address in asked if "/verify" in address)


def test_the_keyboard_is_enough(reader: Seat, proof: bytes) -> None:
    page = ready(reader("ru", axe=True))
    page.locator("summary", has=page.locator("text=" + words("ru", "Paste it as text"))).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.evaluate("text => { document.activeElement.value = text }", proof.decode())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#result h3").first).to_have_text(words("ru", "Gift"))


def test_without_scripts_the_page_names_other_ways_and_the_server_checks(reader: Seat, proof: bytes) -> None:
    somebody = reader("de")
    somebody.open("verify/")
    expect(somebody.page.locator("#tools")).to_be_hidden()
    somebody.says("asar verify")
    somebody.follow("verify/server/")
    somebody.page.locator("[name=proof]").set_input_files(
        {"name": "gift.tlog-proof", "mimeType": "text/plain", "buffer": proof}
    )
    somebody.send()
    somebody.says(words("de", "What this does not show"))
    somebody.look("verify-server", judge=True)


@pytest.mark.parametrize("path", ["verify/", "how-to-check/", "log/tekeli/", "verify/server/"])
@pytest.mark.parametrize(("language", "size"), [("kk", PHONE), ("ru", DESK)])
def test_nothing_is_wrong_with_the_pages_of_the_log(
    reader: Seat, proof: bytes, path: str, language: str, size: tuple[int, int]
) -> None:
    somebody = reader(language, size=size, axe=True)
    somebody.open(path)
    somebody.look(f"log-{path.strip('/').replace('/', '-')}")
    assert violations(somebody.page) == []
    somebody.page.set_viewport_size({"width": 320, "height": 700})
    assert somebody.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("only", ["browser", "noble"])
def test_both_ways_to_check_a_signature_say_the_same(reader: Seat, small: Made, only: str) -> None:
    page = ready(reader("en", axe=True))

    def asked(file: str) -> Any:
        return page.evaluate(_CHECK, {"file": file, "policy": small.policy, "only": only})

    found = asked(small.file)
    assert (found["index"], found["size"], found["quorum"]) == (40, 60, True)
    assert found["entry"]["kind"] == "gift"
    assert found["opened"] == [{"field": "donor", "value": "Айгүл Сәрсенова"}]
    assert [(one["name"], one["house"]) for one in found["seen"]] == [("w1", False), ("w2", False)]
    assert found["missing"] == ["w3"]
    lines = small.file.split("\n")
    signatures = [n for n, line in enumerate(lines) if line.startswith("— ")]
    without = [line for n, line in enumerate(lines) if n != signatures[0]]
    broken = signatures[:2]
    assert asked("\n".join(without)) == "no_signature"
    for n, code in zip(broken, ("wrong_signature", "wrong_witness"), strict=True):
        spoiled = [*lines]
        spoiled[n] = forged(lines[n])
        assert asked("\n".join(spoiled)) == code
    lonely = asked("\n".join(line for n, line in enumerate(lines) if n not in signatures[1:]))
    assert (lonely["quorum"], lonely["seen"]) == (False, [])
    for n, line in enumerate(lines):
        if n > 2 and line and n < lines.index(""):
            flipped = [*lines]
            flipped[n] = ("B" if line[0] != "B" else "A") + line[1:]
            assert asked("\n".join(flipped)) == "changed"


def test_the_browser_agrees_with_the_published_proofs(reader: Seat, small: Made) -> None:
    page = ready(reader("en", axe=True))
    assert page.evaluate(_UNFOLD, small.link) == small.file
    for (index, size), path in INCLUSION.items():
        good: list[object] = [index, size, LEAF_HASHES[index], path, ROOTS[size]]
        assert page.evaluate(_INCLUDED, good) is True
        wrong: list[list[object]] = [
            [index + 1, *good[1:]],
            [index, size * 2, *good[2:]],
            [size, *good[1:]],
            [*good[:3], path[:-1], ROOTS[size]],
            [*good[:3], [*path, path[-1]], ROOTS[size]],
            [*good[:3], [path[0][:-2], *path[1:]], ROOTS[size]],
            [*good[:4], ROOTS[size - 1]],
        ]
        assert [page.evaluate(_INCLUDED, one) for one in wrong] == [False] * len(wrong)


def test_all_scripts_together_are_light() -> None:
    folder = Path(__file__).parents[2] / "static" / "verify"
    sizes = {file.name: len(brotli.compress(file.read_bytes())) for file in folder.rglob("*.js")}
    assert len(sizes) >= 10
    assert sum(sizes.values()) <= 25 * 1024


def test_a_proof_of_a_log_that_was_ended_says_so(reader: Seat, proof: bytes) -> None:
    """The page as it is served after an operator ended the log: this proof's line is kept, or lost, or a lie."""
    somebody = reader("en", axe=True)
    origin, size = parse_proof(proof).checkpoint.decode().split("\n")[:2]
    kept, lost, false = (int(size) + 7, int(size)), (int(size) + 7, 0), (1, 0)

    def served(ended: tuple[int, int]) -> None:
        told = {"origin": origin, "size": ended[0], "kept": ended[1], "root": "", "next": f"{origin}/2"}
        told |= {"at": "2026-11-22T09:00:00+00:00"}
        attribute = f'data-ended="{escape(json.dumps([told]))}"'

        def change(route: Route) -> None:
            answer = route.fetch()
            assert answer.text().count('data-ended="[]"') > 1
            route.fulfill(response=answer, body=answer.text().replace('data-ended="[]"', attribute))

        somebody.page.unroute("**/en/verify/")
        somebody.page.route("**/en/verify/", change)

    for ended, sentence in ((kept, False), (lost, True), (false, True)):
        served(ended)
        page = ready(somebody)
        choose(page, proof)
        notices = page.locator("#result .notice")
        expect(notices).to_have_count(2)
        expect(notices.nth(1)).to_contain_text("This log was ended on 22 November 2026, 14:00")
        expect(notices.nth(1)).to_contain_text(f"go on in the log that follows: {origin}/2")
        expect(notices.nth(1).get_by_text("This line is not among those.")).to_have_count(int(sentence))
        expect(page.get_by_text("Two different logs are shown.")).to_have_count(int(ended == false))
        assert violations(page) == []
