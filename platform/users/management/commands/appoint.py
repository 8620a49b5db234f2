"""`manage.py appoint EMAIL ROLE [--town SLUG]`: how the operator makes the first administrator of a new site.

Everybody after that is appointed on the page "Roles and terms"; this command writes the same audit record.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from common.clock import day_of, now
from common.errors import DomainError
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role


class Command(BaseCommand):
    help = "Give a role to the person with an e-mail address, who then signs in by a code"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--town", help="slug of the town; needed for all roles but those held everywhere")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        town = Town.objects.filter(slug=options["town"]).first()
        if options["town"] and town is None:
            raise CommandError(f"There is no town {options['town']}. Run load_towns, or look at /towns/ for its name.")
        moment = now()
        user = User.objects.filter(email=email).first() or User.objects.create_user(email)
        try:
            appoint(
                actor=None,
                user=user,
                role=Role(options["role"]),
                town=town,
                starts_date=day_of(moment),
                ends_date=None,
                now=moment,
            )
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        where = town.name_en if town else "all towns"
        self.stdout.write(f"{email} is now {options['role']} of {where}.")
