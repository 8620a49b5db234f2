"""`manage.py messages`: brings locale/ up to date with what the code says, and compiles it.
`--check` writes nothing and fails where a person would meet English, a broken placeholder or an old text."""

from argparse import ArgumentParser
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import catalogues


class Command(BaseCommand):
    help = "Update and compile the translations in locale/; --check only tells what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail on anything missing or old")

    def handle(self, *_args: object, check: bool, **_options: object) -> None:
        found = update(Path(settings.ROOT), write=not check)
        if found and check:
            advice = f"{len(found)} to mend: run `make messages`, translate, run it again."
            raise CommandError("\n".join([*found, advice]))
        for line in found:
            self.stdout.write(line)
        self.stdout.write(f"{len(found)} to mend." if found else "All texts are translated.")


def update(root: Path, *, write: bool) -> list[str]:
    """Bring the catalogues below root/locale up to date, or only compare; returns what is still to mend."""
    locale = root / "locale"
    own = catalogues.own_messages(root)
    third_party = catalogues.third_party_messages(locale)
    found = []
    for language in catalogues.PLURALS:
        folder = locale / language / "LC_MESSAGES"
        po, mo = folder / "django.po", folder / "django.mo"
        old = catalogues.read_catalogue(po, language)
        upstream = catalogues.known(library_folders(), language)
        new = catalogues.catalogue(language, own, third_party, upstream, old)
        text = catalogues.po_bytes(new, language)
        if write:
            folder.mkdir(parents=True, exist_ok=True)
            po.write_bytes(text)
            mo.write_bytes(catalogues.mo_bytes(new))
        else:
            if old is None or po.read_bytes() != text:
                found.append(f"{language}: django.po is not what the code says")
            if not catalogues.same_messages(mo, new):
                found.append(f"{language}: django.mo is not what django.po says")
        found += catalogues.problems(new)
    return found


def library_folders() -> list[Path]:
    """The locale folders of Django and of every installed app that is not ours."""
    folders = [Path(django.__file__).parent / "conf" / "locale"]
    folders += [Path(config.path) / "locale" for config in apps.get_app_configs()]
    return [folder for folder in folders if folder.is_dir()]
