"""Somebody before a browser, and everything that the browser notices meanwhile.

A reader never asks what a page says in English: pages speak four languages, so things are found by the names of their
fields and addresses, and sentences by `words`, which asks the same translations as the site.
"""

import os
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext, override
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.journeys.browser import PATIENCE, Chromium

SHOTS = os.environ.get("ASAR_SHOTS", "")  # a folder: every step leaves a picture there
_REFUSED = 400
_REDIRECT = range(300, 400)
expect.set_options(timeout=PATIENCE)


def words(language: str, text: str, **facts: object) -> str:
    """A sentence of the site in a language, as the site itself finds it."""
    with override(language):
        said = gettext(text)
    return said % facts if facts else said


class Reader:
    """One person with one browser. `page` is Playwright's page; the rest is what a person does."""

    def __init__(self, context: BrowserContext, *, language: str, site: str, stripe: str, chromium: Chromium) -> None:
        self.language = language
        self.site = site
        self.complaints: list[str] = []
        self._stripe = stripe
        self._context = context
        self._chromium = chromium
        self._refused: set[str] = set()
        self._policy = {
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"form-action 'self' {stripe}",
        }
        context.on("request", self._note_request)
        context.on("response", self._note_response)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        self.page: Page = context.new_page()

    # ---- what a person does

    def sign_in(self, address: str) -> None:
        """Ask for a code, read it in development's letters, type it."""
        self.open("account/")
        self.fill_in({"email": address})
        self.send()
        self.arrive("account/code/")
        self.fill_in({"code": self.newest_code(address)})
        self.send()
        self.arrive("me/")

    def newest_code(self, address: str) -> str:
        """The six digits of the newest letter to an address."""
        letters = unescape(self.fetch("demo/mail/").decode()).partition(address)[2]
        found = re.search(r"\b[0-9]{6}\b", letters)
        assert found
        return found[0]

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to an address below the language."""
        answer = self.page.goto(f"{self.site}/{self.language}/{path}")
        assert answer is not None
        assert (path, answer.status) == (path, status)

    def enter(self, person: str) -> None:
        """Sign in as one of the demo people, with the one click that development offers."""
        self.open("demo/")
        self.page.locator(f"form:has(input[name=person][value={person}]) button").click()
        self.arrive("me/")

    def arrive(self, path: str) -> None:
        """Wait until the address below the language is this one; `*` stands for what nobody knows beforehand."""
        pattern = re.escape(f"{self.site}/{self.language}/{path}").replace(r"\*", "[^/?#]+")
        expect(self.page).to_have_url(re.compile(f"^{pattern}([?#].*)?$"))

    def follow(self, path: str) -> None:
        """Click the link of the page's own part that leads to an address below the language (`*` as in `arrive`)."""
        start, _, end = f"/{self.language}/{path}".partition("*")
        ending = f"[href$='{end}']" if end else ""
        exact = f"[href^='{start}']{ending}" if "*" in path else f"[href='{start}']"
        self.page.locator(f"main a{exact}").first.click()
        self.arrive(path)

    def field(self, name: str) -> Locator:
        """The field of this name in the page's own part."""
        return self.page.locator(f"main [name='{name}']")

    def choose(self, name: str, value: str) -> None:
        """Tap the row of a radio button, or of one tick box among several."""
        self.page.locator(f"main label:has([name='{name}'][value='{value}'])").click()

    def tick(self, name: str) -> None:
        """Tap the row of a tick box that stands alone."""
        self.page.locator(f"main label:has([name='{name}'])").click()

    def fill_in(self, fields: Mapping[str, str]) -> None:
        """Type into fields and select in lists."""
        for name, value in fields.items():
            found = self.field(name)
            if found.evaluate("element => element.tagName") == "SELECT":
                found.select_option(value)
            else:
                found.fill(value)

    def send(self, *, status: int | None = None) -> None:
        """Press the main button of the page's form. `status`: what the server must answer where the page stays."""
        button = self.page.locator("main form.form button.btn:not(.quiet)").last
        if status is None:
            button.click()
            return
        with self.page.expect_event("response", lambda answer: answer.request.is_navigation_request()) as caught:
            button.click()
        assert caught.value.status == status
        self.page.wait_for_load_state()

    def says(self, text: str, *, at: str = "main") -> None:
        """Wait until a part of the page says this."""
        expect(self.page.locator(at).first).to_contain_text(text)

    def fetch(self, path: str) -> bytes:
        """What lies at an address below the language, with this person's cookies: documents open in viewers."""
        answer = self.page.request.get(f"{self.site}/{self.language}/{path}")
        assert (path, answer.status) == (path, 200)
        return answer.body()

    @property
    def at(self) -> str:
        """The last part of the address: an id, a ticket, a number."""
        return urlsplit(self.page.url).path.rstrip("/").rpartition("/")[2]

    # ---- what the browser notices

    def look(self, name: str, *, judge: bool = False) -> None:
        """Look at the page as it stands: it is in the reader's language and fits. `judge`: axe finds nothing either."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        size = self.page.viewport_size
        assert size is not None
        assert (name, width) == (name, size["width"])
        assert self.page.locator("html").get_attribute("lang") == self.language
        if SHOTS:
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}-{self.language}-{size['width']}.png", full_page=True)
        if judge:
            found = self._chromium.judge(
                html=self.page.content(), url=self.page.url, size=(size["width"], size["height"])
            )
            assert (name, found) == (name, [])

    def close(self) -> None:
        """Leave; nothing is remembered."""
        self._context.close()

    def _note_request(self, request: Request) -> None:
        address = request.url
        if address.startswith(("data:", "blob:")) or address.startswith(self.site + "/"):
            return
        if address.startswith(self._stripe + "/") and (
            request.is_navigation_request() or request.frame.url.startswith(self._stripe + "/")
        ):
            return
        self.complaints.append(f"request to another origin: {address}")

    def _note_response(self, answer: Response) -> None:
        if not answer.request.is_navigation_request():
            return
        if answer.status >= _REFUSED:
            self._refused.add(answer.url)
        kind = answer.headers.get("content-type", "")
        if answer.url.startswith(self.site + "/") and kind.startswith("text/html") and answer.status not in _REDIRECT:
            policy = answer.headers.get("content-security-policy", "")
            if set(policy.split("; ")) != self._policy:
                self.complaints.append(f"policy of {answer.url}: {policy}")

    def _note_console(self, message: ConsoleMessage) -> None:
        # That the server refused a form is no fault of the page; the browser says it all the same.
        # Nor is what it says of its own page that stands where a dead server's would.
        place = message.location["url"]
        told = message.text.startswith("Failed to load resource") and (
            place in self._refused or place.startswith("chrome-error://")
        )
        if message.type in {"error", "warning"} and not told:
            self.complaints.append(f"console: {message.text} ({place})")
