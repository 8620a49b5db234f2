"""The system's Chromium under Playwright, and axe-core beside it. Nothing is downloaded.

axe is a script, and the journeys are walked with scripts switched off: a page is judged in a second browser context
that is handed the same HTML at the same address.
"""

import shutil
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is missing, so the journeys cannot be walked. As root: apt-get install chromium"
PATIENCE = 20_000  # milliseconds that a page or an element may take on a busy machine
_RUN_AXE = "axe.run(document, {resultTypes: ['violations']})"


def where() -> str | None:
    """The system's Chromium, None when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Chromium:
    """Started by the first context that is asked for; `close` ends it, and the next context starts it anew."""

    _playwright: Playwright | None = None
    _browser: Browser | None = None
    _judges: dict[tuple[int, int], Page] = field(default_factory=dict)
    _served: dict[str, str] = field(default_factory=dict)

    def context(self, *, size: tuple[int, int], axe: bool = False) -> BrowserContext:
        """A browser of somebody's own, without anybody's cookies. Scripts are off unless axe-core stands in it."""
        width, height = size
        context = self._start().new_context(
            viewport={"width": width, "height": height}, java_script_enabled=axe, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        if axe:
            context.add_init_script(AXE_SCRIPT)
        return context

    def judge(self, *, html: str, url: str, size: tuple[int, int]) -> list[str]:
        """What axe-core finds wrong with a page of this width, one line per finding."""
        page = self._judges.get(size) or self._seat_judge(size)
        self._served = {url: html}
        page.goto(url)
        return violations(page)

    def close(self) -> None:
        """End the browser and its driver."""
        self._judges.clear()
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()
        self._browser = self._playwright = None

    def _start(self) -> Browser:
        if self._browser is None:
            found = where()
            assert found, MISSING
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        return self._browser

    def _seat_judge(self, size: tuple[int, int]) -> Page:
        page = self.context(size=size, axe=True).new_page()
        page.route("**/*", self._serve)
        self._judges[size] = page
        return page

    def _serve(self, route: Route) -> None:
        html = self._served.get(route.request.url) if route.request.is_navigation_request() else None
        if html is None:
            route.continue_()
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page into which it was put before."""
    found: dict[str, Any] = page.evaluate(_RUN_AXE)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
