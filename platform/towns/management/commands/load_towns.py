"""`manage.py load_towns`: bring the towns, their names and the official figures to what platform/towns/data says.

Safe to run at every start: when nothing differs it writes nothing and says so.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.clock import now
from towns.actions import load_towns
from towns.rules.dataset import COLUMNS, BadRowError

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    help = "Load the towns and official figures from the project's data files (idempotent)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, default=DATA, help="the folder of the CSV files")

    def handle(self, *_args: object, data: Path, verbosity: int, **_options: object) -> None:
        folder = data
        files = {}
        for name in COLUMNS:
            try:
                files[name] = (folder / name).read_text(encoding="utf-8")
            except FileNotFoundError:
                raise CommandError(f"{name} is missing in {folder}") from None
            except UnicodeDecodeError as error:
                raise CommandError(f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
        try:
            report = load_towns(files=files, now=now())
        except BadRowError as error:
            raise CommandError(str(error)) from None
        if report.changed:
            told = f"{report.added} added, {report.updated} changed, {report.removed} removed, {report.kept} unchanged"
        else:
            told = f"nothing changed ({report.kept} rows)"
        if verbosity:
            self.stdout.write(f"Towns: {told}.")
