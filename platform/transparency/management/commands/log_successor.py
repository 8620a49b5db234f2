"""`manage.py log_successor TOWN...`: ends logs whose database lost what they had signed, and begins the next ones.

Only after the newer database is lost for good. Without `--lost-for-good` it says what it would do and does nothing.
"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from common.clock import now
from common.errors import DomainError
from transparency.actions import integrate, succeed


class Command(BaseCommand):
    help = "End the logs of these towns, which had signed more than this database holds, and begin the next ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("towns", nargs="+", metavar="TOWN", help="a town's slug, as log_state names it")
        parser.add_argument(
            "--lost-for-good", action="store_true", help="the newer database will never come back: end the logs now"
        )

    def handle(self, *, towns: list[str], lost_for_good: bool, **options: object) -> None:
        refused = []
        for slug in towns:
            try:
                told = succeed(slug=slug, now=now(), only_look=not lost_for_good)
            except DomainError as error:
                refused.append(slug)
                self.stderr.write(f"{slug}: {error.message}")
                continue
            self.stdout.write(
                f"{slug}: {told.ended} had signed {told.size} entries. {told.kept} of them are here for certain;"
                f" the last {told.lost} are lost, or were never compared. This database holds {told.booked} entries."
            )
            if not lost_for_good:
                self.stdout.write(
                    f"{slug}: nothing was done. With --lost-for-good that log ends for ever and"
                    f" {told.successor.name} goes on."
                )
                continue
            signed = integrate(slug=slug, now=now())
            size = 0 if signed is None else signed.size
            self.stdout.write(f"{slug}: {told.successor.name} goes on with {size} signed entries. Announce its key:")
            self.stdout.write(told.successor.vkey)
        if refused:
            raise CommandError(f"Not ended: {', '.join(refused)}.")
