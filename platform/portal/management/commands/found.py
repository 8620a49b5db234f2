"""`manage.py found TOWN ...`: open a town's council and fund on a new site. What exists already stays as it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.clock import day_of, now
from common.errors import DomainError
from councils.members.actions import found_council
from councils.members.models import Council
from funds.ledger.actions import found_fund
from funds.ledger.models import Fund
from towns.models import Town


class Command(BaseCommand):
    help = "Found the community council and the community foundation of a town"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("town", help="slug of the town, e.g. tekeli")
        parser.add_argument("--seats", type=int, required=True, help="seats of the council, 3 to 99")
        parser.add_argument("--legal-basis", required=True, help="what the council stands on")
        parser.add_argument("--legal-entity", required=True, help="who holds the fund's accounts")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        town = Town.objects.filter(slug=options["town"]).first()
        if town is None:
            raise CommandError(f"There is no town {options['town']}. Run load_towns, or look at /towns/ for its name.")
        moment = now()
        today = day_of(moment)
        try:
            if Council.objects.filter(town=town).exists():
                self.stdout.write("The council stands already.")
            else:
                found_council(
                    actor=None,
                    town=town,
                    seats=options["seats"],
                    legal_basis=options["legal_basis"],
                    founded_date=today,
                    now=moment,
                )
                self.stdout.write("The council is founded. Appoint its members: manage.py appoint, or Roles and terms.")
            if Fund.objects.filter(town=town).exists():
                self.stdout.write("The fund stands already.")
            else:
                found_fund(actor=None, town=town, legal_entity=options["legal_entity"], founded_date=today, now=moment)
                self.stdout.write("The fund is founded. Appoint a treasurer and two approvers.")
        except DomainError as error:
            raise CommandError(str(error.message)) from error
