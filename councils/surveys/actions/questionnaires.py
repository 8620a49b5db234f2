"""Importing a questionnaire. The file as it came, the XForm and the compiled form are stored and never change."""

import hashlib
from datetime import datetime
from pathlib import PurePath

from django.db import transaction

from audit.actions import record
from common.clock import day_of
from councils.surveys.models import Questionnaire, QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.rules import compile_xlsform
from users.models import User

LONGEST_NAME = 120


@transaction.atomic
def import_questionnaire(
    *, actor: User | None, slug: str, content: bytes, filename: str, now: datetime
) -> QuestionnaireVersion:
    """Import an XLSForm as the next version of the questionnaire `slug`, or give back the version it already is.

    `actor` is None for the machine, which loads the questionnaires that come with the site. Refuses with
    `FormRefusedError`, which names every place of the workbook; then nothing is stored.
    """
    if actor is not None:
        can_import(actor, on=day_of(now)).enforce()
    imported = compile_xlsform(content=content, filename=filename)
    questionnaire, _made = Questionnaire.objects.get_or_create(slug=slug)
    questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    digest = hashlib.sha256(content).hexdigest()
    twin = questionnaire.versions.filter(source_sha256=digest).first()
    if twin is not None:
        return twin
    newest = questionnaire.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire,
        number=newest + 1,
        filename=PurePath(filename).name[-LONGEST_NAME:],
        source=content,
        source_sha256=digest,
        xform=imported.xform,
        compiled=imported.form.to_dict(),
        imported_at=now,
        imported_by=actor,
    )
    questionnaire.titles = imported.form.titles
    questionnaire.save(update_fields=["titles"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug="",
        action="surveys.import_questionnaire",
        object_type="questionnaire_version",
        object_id=version.pk,
        detail={"slug": slug, "number": version.number, "sha256": digest},
    )
    return version
