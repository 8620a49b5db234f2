"""The Jinja2 environments of all pages, one per language: texts, addresses, files and the formats of common.formats.
Nothing here may touch the session, the user or the CSRF token: public pages stay cacheable."""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final

import jinja2
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, npgettext, override, pgettext
from jinja2 import nodes
from markupsafe import Markup

from common import formats
from common.jinja_texts import translated

OWN_NAMES: Final = {"kk": "Қазақша", "ru": "Русский", "de": "Deutsch", "en": "English"}
_PREFIX: Final = re.compile(r"^/(?:" + "|".join(OWN_NAMES) + r")(?=/)")


class Environment(jinja2.Environment):
    """Jinja2's environment as the i18n extension leaves it, with the texts of one language put in."""

    install_gettext_callables: Callable[..., None]
    code: str | None = None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        with override(self.code):
            return translated(super()._parse(source, name, filename), language=_own(self.code), gettext=gettext)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the site, and where this same page is in it."""

    code: str
    name: str
    url: str
    absolute: str
    current: bool


class Environments:
    """What Django's Jinja2 backend takes for its environment: each template comes in the language of the request."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._made: dict[str | None, Environment] = {}

    def get_template(self, name: str) -> jinja2.Template:
        return self._spoken().get_template(name)

    def from_string(self, source: str) -> jinja2.Template:
        return self._spoken().from_string(source)

    def _spoken(self) -> Environment:
        code = get_language()
        if code not in self._made:
            self._made[code] = environment(code=code, **self._options)
        return self._made[code]


def environment(
    *,
    code: str | None,
    loader: jinja2.BaseLoader,
    autoescape: bool = True,
    auto_reload: bool = False,
    undefined: type[jinja2.Undefined] = jinja2.Undefined,
) -> Environment:
    """The environment of one language (None: translation is switched off); the rest is handed in by Django."""
    env = Environment(
        loader=loader,
        autoescape=autoescape,
        auto_reload=auto_reload,
        undefined=undefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.code = code
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)
    # Most texts are put in when a template is compiled. Jinja's own wrapper does the same as ours at several times
    # the cost.
    env.globals.update(ngettext=_plural)
    own = _own(code)
    env.globals.update(
        url=partial(url, code),
        static=static if settings.DEBUG else _static,
        languages=partial(languages, own),
        demo=settings.DEMO,
    )
    env.filters.update(
        money=formats.money,
        number=partial(_number, language=own),
        percent=partial(_percent, language=own),
        date=partial(formats.date_long, language=own),
        date_short=partial(formats.date_short, language=own),
        datetime=partial(formats.date_time, language=own),
    )
    return env


def _plural(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    return Markup(ngettext(singular, plural, count)) % {"num": count, **values}  # noqa: S704 - catalogues are ours


def _own(code: str | None) -> str:
    return code if code in OWN_NAMES else "en"


def languages(language: str, request: HttpRequest | None) -> list[Tongue]:
    """Every language of the site with the address of this same page, its query kept; the home page where there is no
    request or the page has no language in its address. `language` is the page's own."""
    path = request.get_full_path() if request else ""
    rest, found = _PREFIX.subn("", path)
    if not found:
        rest = "/"
    host = f"{request.scheme}://{request.get_host()}" if request else ""
    return [
        Tongue(code=code, name=name, url=f"/{code}{rest}", absolute=f"{host}/{code}{rest}", current=code == language)
        for code, name in OWN_NAMES.items()
    ]


def url(code: str | None, name: str, /, *args: Hashable, **kwargs: Hashable) -> str:
    """The address of a named page in a language, which must be the active one; NoReverseMatch where there is none."""
    return _reverse(code, name, args, tuple(sorted(kwargs.items())))


@lru_cache(maxsize=4096)
def _reverse(code: str | None, name: str, args: tuple[Hashable, ...], kwargs: tuple[tuple[str, Hashable], ...]) -> str:
    # reverse() reads the language behind our back; it stands here so that the cache tells the answers apart.
    del code
    return reverse(name, urlconf=settings.ROOT_URLCONF, args=args or None, kwargs=dict(kwargs) or None)


@lru_cache(maxsize=256)
def _static(path: str) -> str:
    """The address of a file in static/, with the hash of its content where the storage adds one."""
    return static(path)


@receiver(setting_changed)
def _forget(**_changed: object) -> None:
    """Tests exchange settings; outside of them nothing ever changes."""
    _reverse.cache_clear()
    _static.cache_clear()


def _number(value: float | Decimal, digits: int | None = None, *, language: str) -> str:
    return formats.number(value, language, digits)


def _percent(share: float | Decimal, digits: int = 0, *, language: str) -> str:
    return formats.percent(share, language, digits)
