"""`manage.py log_key generate|rotate|show`: the seed that all keys of logs and witnesses come from (docs/log.md)."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from common.clock import now
from transparency.actions import generate, rotate
from transparency.queries.generations import generations
from transparency.queries.keys import log_key, witness_key


class Command(BaseCommand):
    help = "Make the logs' seed, replace it, or show the public keys. Never shows a secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["generate", "rotate", "show"])

    def handle(self, *, what: str, **options: object) -> None:
        if what == "generate":
            generate()
            self.stdout.write("The seed is made. Keep a copy offline: without it no log of this site can go on.")
        elif what == "rotate":
            for vkey in rotate(now=now()):
                self.stdout.write(vkey)
            self.stdout.write("Restart web and worker. Tell whoever trusts the old keys of logs and witnesses.")
        else:
            for slug, number in generations().items():
                self.stdout.write(log_key(slug, number).verifier.vkey)
                self.stdout.write(witness_key(slug).verifier.vkey)
