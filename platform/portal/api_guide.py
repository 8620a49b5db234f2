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
    """One address of the API: what it gives and what can be asked of it."""

    address: str
    summary: str
    parameters: list[Parameter]
    answers: list[tuple[str, str]]


def _parameter(raw: dict[str, Any]) -> Parameter:
    return Parameter(raw["name"], raw["in"], bool(raw.get("required")), raw.get("description", ""))


@lru_cache(maxsize=1)
def guide() -> list[Path]:
    """Every GET of the API in the order of its address. The schema does not change while a process runs."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    return [
        Path(
            address=address,
            summary=methods["get"].get("description", "").strip(),
            parameters=[_parameter(raw) for raw in methods["get"].get("parameters", [])],
            answers=[(code, raw.get("description", "")) for code, raw in sorted(methods["get"]["responses"].items())],
        )
        for address, methods in sorted(schema["paths"].items())
        if "get" in methods
    ]
