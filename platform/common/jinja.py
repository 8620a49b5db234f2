"""The Jinja2 environment of all pages: translations, addresses, files and the formats of common.formats.
Nothing here may touch the session, the user or the CSRF token: public pages stay cacheable."""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

import jinja2
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from markupsafe import Markup

from common import formats

OWN_NAMES: Final = {"kk": "Қазақша", "ru": "Русский", "de": "Deutsch", "en": "English"}
_PREFIX: Final = re.compile(r"^/(?:" + "|".join(OWN_NAMES) + r")(?=/)")


class Environment(jinja2.Environment):
    """Jinja2's environment as the i18n extension leaves it."""

    install_gettext_callables: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the site, and where this same page is in it."""

    code: str
    name: str
    url: str
    absolute: str
    current: bool


def environment(
    *,
    loader: jinja2.BaseLoader,
    autoescape: bool = True,
    auto_reload: bool = False,
    undefined: type[jinja2.Undefined] = jinja2.Undefined,
) -> Environment:
    """The environment for Django's Jinja2 backend (its OPTIONS["environment"]), which hands in the four options."""
    env = Environment(
        loader=loader,
        autoescape=autoescape,
        auto_reload=auto_reload,
        undefined=undefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)
    # Jinja's own wrappers do the same through its context, at several times the cost; a page says dozens of texts.
    env.globals.update(_=_text, gettext=_text, ngettext=_plural)
    env.globals.update(url=url, static=static_url, languages=languages, language=language, demo=settings.DEMO)
    env.filters.update(
        money=formats.money,
        number=_number,
        percent=_percent,
        date=_date,
        date_short=_date_short,
        datetime=_date_time,
    )
    return env


@lru_cache(maxsize=8192)
def _found(text: str, code: str | None) -> Markup:
    # gettext() reads the language behind our back; it stands here so that the cache tells the answers apart.
    del code
    return Markup(gettext(text))  # noqa: S704 - catalogues are ours and may hold tags; values are escaped by %


def _text(text: str, /, **values: object) -> Markup:
    found = _found(text, get_language())
    return found % values if "%" in found else found


def _plural(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    return Markup(ngettext(singular, plural, count)) % {"num": count, **values}  # noqa: S704 - as above


def language() -> str:
    """The language of this page; English where translation is switched off."""
    code = get_language()
    return code if code in OWN_NAMES else "en"


def languages(request: HttpRequest | None) -> list[Tongue]:
    """Every language with the address of this same page, its query kept; the home page where there is no request
    or the page has no language in its address."""
    path = request.get_full_path() if request else ""
    rest, found = _PREFIX.subn("", path)
    if not found:
        rest = "/"
    now = language()
    host = f"{request.scheme}://{request.get_host()}" if request else ""
    return [
        Tongue(code=code, name=name, url=f"/{code}{rest}", absolute=f"{host}/{code}{rest}", current=code == now)
        for code, name in OWN_NAMES.items()
    ]


def url(name: str, *args: Hashable, **kwargs: Hashable) -> str:
    """The address of a named page in the language of this request; raises NoReverseMatch like Django's reverse."""
    return _reverse(name, args, tuple(sorted(kwargs.items())), settings.ROOT_URLCONF, get_language())


def static_url(path: str) -> str:
    """The address of a file in static/, with the hash of its content where the storage adds one."""
    return static(path) if settings.DEBUG else _static(path, settings.STATIC_URL)


@lru_cache(maxsize=4096)
def _reverse(
    name: str,
    args: tuple[Hashable, ...],
    kwargs: tuple[tuple[str, Hashable], ...],
    urlconf: str,
    code: str | None,
) -> str:
    # reverse() reads the language behind our back; it stands here so that the cache tells the answers apart.
    del code
    return reverse(name, urlconf=urlconf, args=args or None, kwargs=dict(kwargs) or None)


@lru_cache(maxsize=256)
def _static(path: str, prefix: str) -> str:
    del prefix  # only tells the cached answers apart
    return static(path)


def _number(value: float | Decimal, digits: int | None = None) -> str:
    return formats.number(value, language(), digits)


def _percent(share: float | Decimal, digits: int = 0) -> str:
    return formats.percent(share, language(), digits)


def _date(day: date) -> str:
    return formats.date_long(day, language())


def _date_short(day: date) -> str:
    return formats.date_short(day, language())


def _date_time(moment: datetime) -> str:
    return formats.date_time(moment, language())
