"""`manage.py demo`: build the demo world once. `--list` prints who can be entered. Refuses outside development."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override

from common.clock import now
from portal.demo import world
from portal.demo.people import PEOPLE


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
        self.stdout.write("The demo world stands.")

    def _list(self) -> None:
        with override("kk"):
            self.stdout.write(f"{settings.SITE_URL}{reverse('demo:people')}")
        with override("en"):
            for person in PEOPLE:
                if person.shown:
                    role = person.role.label if person.role else "donor"
                    self.stdout.write(f"  {person.key:<14} {role}: {person.does}")
