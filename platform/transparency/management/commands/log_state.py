"""`manage.py log_state`: how every log stands. `--adopt SLUG` where the record of the last signature was lost,
`--release SLUG` where a changed entry was restored."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from common.clock import now
from transparency.actions import adopt as adopt_log
from transparency.actions import integrate
from transparency.actions import release as release_log
from transparency.queries import log_state, open_logs


class Command(BaseCommand):
    help = "Compare every log with what was signed last and say how it stands; exits 1 when one refuses to sign."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--adopt", metavar="SLUG", help="the database's last checkpoint is what was signed last")
        parser.add_argument("--release", metavar="SLUG", help="the changed entry is restored: read all, sign again")

    def handle(self, *, adopt: str | None, release: str | None, **options: object) -> None:
        if release is not None:
            changed = release_log(slug=release, now=now())
            if changed is not None:
                raise CommandError(f"{release}: entry {changed} is still not what was signed. Restore it first.")
        if adopt is not None and not adopt_log(slug=adopt):
            raise CommandError(f"{adopt}: nothing to adopt. The record is there, or nothing was signed yet.")
        refusing = []
        for slug in open_logs():
            integrate(slug=slug, now=now())
            state = log_state(slug, now=now())
            line = f"{slug}: {state.signed} of {state.booked} entries signed"
            if state.refusal:
                refusing.append(slug)
                line += f"; refuses since {state.refused_at:%Y-%m-%d %H:%M} UTC: {state.refusal.value}"
            if state.quorum is False:
                line += "; not confirmed by enough witnesses"
            self.stdout.write(line)
        if refusing:
            raise CommandError(f"These logs sign nothing: {', '.join(refusing)}. See docs/log.md.")
