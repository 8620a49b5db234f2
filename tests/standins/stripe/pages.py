"""What all hosted pages share: templates, headers, notices, forms.

Plain HTML without JavaScript. A page must NEVER be kept by a cache or shown in a frame.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .call import Moment
from .outbox import NOBODY
from .settings import read_settings
from .store import Store, Tx
from .wire import Answer, Request
from .wording import Wording

FOLDER = Path(__file__).parent / "pages"
SAFE = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
)
FRESH = ("Cache-Control", "no-store")


@dataclass
class Pages:
    """The store and the clock, and how a page is made."""

    store: Store
    clock: Callable[[], float]
    templates: Environment = field(
        default_factory=lambda: Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
    )

    def moment(self, tx: Tx) -> Moment:
        """This moment, caused by a person at a page."""
        return Moment(tx, self.clock(), read_settings(tx), NOBODY)

    def render(self, status: int, template: str, words: Wording, **context: object) -> Answer:
        """A page."""
        text = self.templates.get_template(template).render(words=words, **context)
        return Answer(status, text.encode(), "text/html; charset=utf-8", (FRESH, *SAFE))

    def notice(
        self, status: int, words: Wording, title: str, text: str, url: str | None = None, label: str | None = None
    ) -> Answer:
        """A page with one sentence and perhaps one way on."""
        return self.render(status, "notice.html", words, title=title, text=text, url=url, label=label)

    def missing(self, words: Wording) -> Answer:
        """Nothing is here."""
        return self.notice(404, words, words.missing, words.missing_why)


def go(url: str) -> Answer:
    """Lead the browser on."""
    return Answer(303, headers=(("Location", url), FRESH, *SAFE))


def sent_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, trimmed."""
    return {name: values[-1].strip() for name, values in parse_qs(request.body.decode(errors="replace")).items()}
