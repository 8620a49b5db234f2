"""Specs of request parameters: what an endpoint knows, what it demands, and Stripe's refusal for the rest.

A spec reads the strings of the form into typed values. It must NEVER let an unknown parameter pass: a typing error in
the product has to fail here as it would fail at Stripe.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from .errors import empty_parameter, invalid, missing_parameter, not_spoken, unknown_parameter
from .wire import Json

_WHOLE = re.compile(r"-?[0-9]{1,30}\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z")


class Spec(Protocol):
    """Reads one value found at `path` or raises ApiError."""

    def read(self, value: object, path: str) -> object:
        """The typed value."""


def names(text: str) -> tuple[str, ...]:
    """Parameter names or choices written in one string."""
    return tuple(text.split())


def below(path: str, name: str) -> str:
    """The path of a member, as Stripe writes it: a[b][c]."""
    return f"{path}[{name}]" if path else name


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise invalid(path, f"Invalid string: {path} must not be a hash or an array")
    if value == "":
        raise empty_parameter(path)
    return value


@dataclass(frozen=True)
class Text:
    """A string of at most `longest` characters; of `choices` when given."""

    longest: int = 5000
    choices: tuple[str, ...] = ()

    def read(self, value: object, path: str) -> str:
        """The string itself."""
        text = _text(value, path)
        if len(text) > self.longest:
            message = f"Invalid string: must be at most {self.longest} characters"
            raise invalid(path, message, "parameter_invalid_string")
        if self.choices and text not in self.choices:
            raise invalid(path, f"Invalid {path}: must be one of {', '.join(self.choices)}")
        return text


@dataclass(frozen=True)
class Whole:
    """An integer, `least` or more."""

    least: int | None = None
    most: int | None = None

    def read(self, value: object, path: str) -> int:
        """The integer."""
        text = _text(value, path)
        if not _WHOLE.match(text):
            raise invalid(path, f"Invalid integer: {text}", "parameter_invalid_integer")
        number = int(text)
        if self.least is not None and number < self.least:
            message = f"This value must be greater than or equal to {self.least}."
            raise invalid(path, message, "parameter_invalid_integer")
        if self.most is not None and number > self.most:
            raise invalid(path, f"This value must be less than or equal to {self.most}.", "parameter_invalid_integer")
        return number


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, value: object, path: str) -> bool:
        """The boolean."""
        text = _text(value, path)
        if text not in {"true", "false"}:
            raise invalid(path, f"Invalid boolean: {text}")
        return text == "true"


@dataclass(frozen=True)
class Url:
    """An absolute http or https address."""

    def read(self, value: object, path: str) -> str:
        """The address as given."""
        text = Text().read(value, path)
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"\s", text):
            raise invalid(path, "Not a valid URL", "url_invalid")
        return text


@dataclass(frozen=True)
class Email:
    """An e-mail address."""

    def read(self, value: object, path: str) -> str:
        """The address as given."""
        text = Text(longest=512).read(value, path)
        if not is_email(text):
            raise invalid(path, f"Invalid email address: {text}", "email_invalid")
        return text


def is_email(text: str) -> bool:
    """Whether the text has the form of an e-mail address."""
    return _EMAIL.match(text) is not None


@dataclass(frozen=True)
class Metadata:
    """Up to 50 pairs; names up to 40 characters without brackets, values up to 500."""

    def read(self, value: object, path: str) -> dict[str, str]:
        """Name to value; pairs with an empty value are left out (that unsets them)."""
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise invalid(path, f"Invalid object: {path}")
        if len(value) > 50:
            raise invalid(path, "Metadata can have up to 50 keys.")
        kept: dict[str, str] = {}
        for name, content in value.items():
            if not isinstance(content, str):
                raise invalid(below(path, name), "Metadata values must be strings.")
            if len(name) > 40:
                raise invalid(below(path, name), "Metadata keys can have up to 40 characters.")
            if len(content) > 500:
                raise invalid(below(path, name), "Metadata values can have up to 500 characters.")
            if content:
                kept[name] = content
        return kept

    @staticmethod
    def merged(kept: Json, sent: Json | str | None) -> Json:
        """Metadata after an update with these raw parameters: an empty value unsets its name, an empty text all."""
        if sent is None:
            return kept
        if sent == "":
            return {}
        if not isinstance(sent, dict):
            raise invalid("metadata", "Invalid object: metadata")
        return {name: content for name, content in {**kept, **sent}.items() if content}


class Unspoken:
    """A parameter that Stripe knows and the stand-in does not."""

    def read(self, value: object, path: str) -> object:  # the signature of every spec
        """Refuses always."""
        raise not_spoken(path, path)


@dataclass(frozen=True)
class Clearable:
    """A parameter that an empty text unsets."""

    inner: "Record"

    def read(self, value: object, path: str) -> Json | None:
        """What was sent, or None."""
        return None if value == "" else self.inner.read(value, path)


@dataclass(frozen=True)
class Record:
    """A hash of known members."""

    members: Mapping[str, Spec]
    required: tuple[str, ...] = ()

    def read(self, value: object, path: str) -> Json:
        """The members that were sent, typed."""
        if not isinstance(value, dict):
            raise invalid(path, f"Invalid object: {path}")
        for name in value:
            if name not in self.members:
                raise unknown_parameter(below(path, name))
        for name in self.required:
            if name not in value:
                raise missing_parameter(below(path, name))
        return {name: self.members[name].read(content, below(path, name)) for name, content in value.items()}


@dataclass(frozen=True)
class Sequence:
    """An array of `item`, at most `most` long, indices from 0 without holes."""

    item: Spec
    most: int = 100

    def read(self, value: object, path: str) -> list[object]:
        """The items in order."""
        if not isinstance(value, dict) or set(value) != {str(index) for index in range(len(value))}:
            raise invalid(path, "Invalid array")
        if len(value) > self.most:
            raise invalid(path, f"Array of {path} must have at most {self.most} items", "array_too_long")
        return [self.item.read(value[str(index)], below(path, str(index))) for index in range(len(value))]


@dataclass(frozen=True)
class Moment:
    """A time filter of a list: a number, or a hash of gt, gte, lt, lte. Read as an inclusive range."""

    bounds: Record = field(default_factory=lambda: Record({name: Whole() for name in ("gt", "gte", "lt", "lte")}))

    def read(self, value: object, path: str) -> tuple[int, int]:
        """(earliest, latest) in Unix seconds, both included."""
        if isinstance(value, str):
            exact = Whole().read(value, path)
            return exact, exact
        sent = self.bounds.read(value, path)
        earliest = max(sent.get("gte", 0), sent.get("gt", -1) + 1)
        latest = min(sent.get("lte", 2**62), sent.get("lt", 2**62 + 1) - 1)
        return earliest, latest
