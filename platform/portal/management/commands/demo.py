"""`manage.py demo`: build the demo world once. `--list` prints who can be entered. Refuses outside development."""

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override
from kombu.exceptions import OperationalError

from common.clock import now
from councils.indicators.queries import unpublished_waves
from councils.indicators.tasks import count_wave
from funds.reports.tasks import reconcile_daily
from portal.demo import world
from portal.demo.people import PEOPLE

_STARTED: Final = 30  # seconds after which the processes of `make run` have started


class Command(BaseCommand):
    help = "Build the demo world (development alone)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="print the demo sign-ins and build nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo world exists in development alone (settings.DEMO is off).")
        if options["list"]:
            self._list()
            return
        if world.stands():
            self.stdout.write("The demo world stands already.")
            return
        world.build(now=now())
        self._ask_soon()
        self.stdout.write("The demo world stands.")

    def _ask_soon(self) -> None:
        """Have closed surveys counted by the workers, and all compared once the demo's card service runs too.

        What the broker does not take, the sweeps find: a count within seconds, a comparison within the hour.
        """
        try:
            for wave_id in unpublished_waves():
                count_wave.delay(str(wave_id))
            reconcile_daily.apply_async(countdown=_STARTED)
        except OperationalError as error:
            self.stderr.write(f"Nothing was asked for yet, the broker does not answer: {type(error).__name__}")

    def _list(self) -> None:
        with override("kk"):
            self.stdout.write(f"{settings.SITE_URL}{reverse('demo:people')}")
        with override("en"):
            for person in PEOPLE:
                if person.shown:
                    role = person.role.label if person.role else "donor"
                    self.stdout.write(f"  {person.key:<14} {role}: {person.does}")
