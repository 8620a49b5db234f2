"""The API's own OpenAPI schema as something a person can read. Never written by hand: it would go stale."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    where: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Path:
    """One address of the API and a way to use it: what it gives and what can be asked of it."""

    method: str
    address: str
    summary: str
    parameters: list[Parameter]
    answers: list[tuple[str, str]]


def _parameter(raw: dict[str, Any]) -> Parameter:
    return Parameter(raw["name"], raw["in"], bool(raw.get("required")), raw.get("description", ""))


@lru_cache(maxsize=1)
def guide() -> list[Path]:
    """Every way to use the API, in the order of the addresses. The schema does not change while a process runs."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    return [
        Path(
            method=method.upper(),
            address=address,
            summary=told.get("description", "").strip(),
            parameters=[_parameter(raw) for raw in told.get("parameters", [])],
            answers=[(code, raw.get("description", "")) for code, raw in sorted(told["responses"].items())],
        )
        for address, methods in sorted(schema["paths"].items())
        for method, told in sorted(methods.items())
    ]
