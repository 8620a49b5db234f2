"""`make bench PART=name`: measure, print a table, write `.run/bench/<part>.json`; exit 1 when a bar does not hold.

Ratios within one run, never absolute times: machines are noisy. A part is a module of this folder with `measure()`.
"""

import importlib.util
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, the bar it has to meet (None: shown only) and whether it does."""

    name: str
    value: float
    unit: str
    bar: str | None
    holds: bool


def at_most(name: str, value: float, unit: str, bar: float) -> Figure:
    return Figure(name, round(value, 4), unit, f"<= {bar:g}", value <= bar)


def at_least(name: str, value: float, unit: str, bar: float) -> Figure:
    return Figure(name, round(value, 4), unit, f">= {bar:g}", value >= bar)


def shown(name: str, value: float, unit: str) -> Figure:
    return Figure(name, round(value, 4), unit, None, True)


def parts() -> list[str]:
    """A part's name has no underscore; files with one belong to a part."""
    return sorted(file.stem for file in HERE.glob("*.py") if file.stem != "run" and "_" not in file.stem)


def main(part: str) -> int:
    """Measure one part; 0 when every bar holds, 1 when one does not, 2 when there is no such part."""
    if part not in parts():
        print(f"make bench PART=name, where name is one of: {', '.join(parts())}", file=sys.stderr)
        return 2
    sys.modules["bench_run"] = sys.modules["__main__"]
    spec = importlib.util.spec_from_file_location(part, HERE / f"{part}.py")
    if spec is None or spec.loader is None:
        return 2
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    figures: list[Figure] = module.measure(ROOT)
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        verdict = "" if figure.bar is None else f"{figure.bar:>10}  {'holds' if figure.holds else 'MISSED'}"
        print(f"{figure.name:<{width}}  {figure.value:>12g} {figure.unit:<8} {verdict}")
    target = ROOT / ".run" / "bench"
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False)
    (target / f"{part}.json").write_text(text + "\n", encoding="utf-8")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
