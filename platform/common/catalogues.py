"""The translation catalogues: what the code and the templates say, what third-party apps say, and what is missing.
Pure Babel, no gettext program. Never guesses a translation (no fuzzy ones) and never drops one that is still used."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

# The plural rules of Django's own catalogues: with another rule, its messages and ours would not share one.
PLURALS: Final = {
    "kk": "nplurals=2; plural=(n!=1);",
    "ru": "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
    "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);",
    "de": "nplurals=2; plural=(n != 1);",
}
KEYWORDS: Final = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
THIRD_PARTY: Final = "third_party.pot"

_NAMED: Final = re.compile(r"%\((\w+)\)[a-zA-Z]|(\{\w*\})")
_TAG: Final = re.compile(r"</?[a-z]\w*")
# Dates in a header change with every run and say nothing; Babel insists on them in .mo files.
_NO_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str, str | None]

_read_mapping: Callable[..., tuple[list[tuple[str, str]], dict[str, dict[str, str]]]] = parse_mapping_cfg  # untyped


def key(message: Message) -> Key:
    """What tells two messages apart: the (singular) text and its context."""
    context: str | bytes | None = message.context
    return _forms(message.id)[0], context.decode() if isinstance(context, bytes) else context  # read_mo gives bytes


def own_messages(root: Path) -> Catalog:
    """Every message of our code and templates, each with the files that say it."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = _read_mapping(file, filename="babel.cfg")
    found = Catalog()
    for path, _line, text, _comments, context in extract_from_dir(
        root, methods, options, KEYWORDS, directory_filter=lambda folder: not Path(folder).name.startswith(".")
    ):
        found.add(text, locations=[(Path(path).as_posix(), 0)], context=context)
    return found


def third_party_messages(locale: Path) -> Catalog:
    """The messages of libraries that a person can meet on our pages: locale/third_party.pot, kept by hand."""
    with (locale / THIRD_PARTY).open("rb") as file:
        return read_po(file)


def known(folders: Iterable[Path], language: str) -> set[Key]:
    """What libraries translate into a language themselves; `folders` are their locale folders."""
    keys: set[Key] = set()
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "django.mo"
        if path.exists():
            with path.open("rb") as file:
                keys |= {key(message) for message in read_mo(file) if message.id and _complete(message)}
    return keys


def catalogue(language: str, own: Catalog, third_party: Catalog, upstream: set[Key], old: Catalog | None) -> Catalog:
    """The catalogue as it ought to be: all our messages, and those of libraries that they lack or that we translate
    better, with the translations of `old` where the message is unchanged; else empty."""
    new = Catalog(locale=language, domain="django", fuzzy=False, creation_date=_NO_DATE, revision_date=_NO_DATE)
    new.mime_headers = [("Plural-Forms", PLURALS[language])]
    kept = {key(message): message for message in old if message.id} if old else {}
    for message in _messages(own):
        _add(new, message, kept.get(key(message)))
    ours = {key(message) for message in _messages(own)}
    for message in _messages(third_party):
        before = kept.get(key(message))
        if key(message) not in ours and (key(message) not in upstream or (before and _complete(before))):
            _add(new, message, before)
    return new


def problems(catalog: Catalog) -> list[str]:
    """One sentence for every message that is not fit to be shown: missing, marked as fuzzy, or with other
    placeholders, percent signs or tags than the English has."""
    found = []
    for message in _messages(catalog):
        label = f"{catalog.locale_identifier}: {_forms(message.id)[0]!r}"
        if message.fuzzy:
            found.append(f"{label} is marked fuzzy")
        if not _complete(message):
            found.append(f"{label} is not translated")
            continue
        shapes = [_shape(text) for text in _forms(message.id)]
        for text in _forms(message.string):
            if _shape(text) not in shapes:
                found.append(f"{label} has other placeholders or tags in {text!r}")
            elif not _formats(text, like=_forms(message.id)[-1]):
                found.append(f"{label} has a percent sign that would break the page in {text!r}")
    return found


def po_bytes(catalog: Catalog, language: str) -> bytes:
    """The .po file: sorted, unwrapped, files without line numbers, no dates, so that its changes can be read."""
    out = BytesIO()
    header = (f"Language: {language}", "Content-Type: text/plain; charset=UTF-8", f"Plural-Forms: {PLURALS[language]}")
    out.write(b'msgid ""\nmsgstr ""\n')
    out.writelines(f'"{line}\\n"\n'.encode() for line in header)
    out.write(b"\n")
    write_po(out, catalog, width=0, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled catalogue that Django reads: only what is translated whole, for Babel fills up with English."""
    whole = Catalog(locale=catalog.locale, domain="django", fuzzy=False, creation_date=_NO_DATE, revision_date=_NO_DATE)
    whole.mime_headers = [("Plural-Forms", catalog.plural_forms)]
    for message in _messages(catalog):
        if _complete(message) and not message.fuzzy:
            whole.add(message.id, message.string, context=message.context)
    out = BytesIO()
    write_mo(out, whole)
    return out.getvalue()


def read_catalogue(path: Path, language: str) -> Catalog | None:
    """A .po file as it lies on disk; None where there is none yet."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django", ignore_obsolete=True)


def same_messages(compiled: Path, catalog: Catalog) -> bool:
    """Whether a .mo file says what a catalogue says (another Babel may write other bytes)."""
    if not compiled.exists():
        return False
    with compiled.open("rb") as file:
        there = {key(message): _forms(message.string) for message in read_mo(file) if message.id}
    whole = (message for message in _messages(catalog) if _complete(message) and not message.fuzzy)
    return there == {key(message): _forms(message.string) for message in whole}


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _add(catalog: Catalog, message: Message, before: Message | None) -> None:
    plural = not isinstance(message.id, str)
    string = before.string if before and isinstance(before.string, str) != plural else None
    flags = before.flags if before else set()
    catalog.add(
        message.id,
        string or (("",) * catalog.num_plurals if plural else ""),
        locations=sorted({(path, 0) for path, _line in message.locations}),
        flags=flags & {"fuzzy"},
        context=message.context,
    )


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def _complete(message: Message) -> bool:
    return all(_forms(message.string))


def _shape(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    names = frozenset(match[0] or match[1] for match in _NAMED.findall(text))
    return names, tuple(sorted(_TAG.findall(text)))


def _formats(text: str, like: str) -> bool:
    if "%" not in like:
        return "%" not in text
    values: defaultdict[str, int] = defaultdict(int)
    try:
        like % values
    except (ValueError, TypeError):
        return True  # the English is not a format either: it is shown as it stands
    try:
        text % values
    except (ValueError, TypeError):
        return False
    return True
