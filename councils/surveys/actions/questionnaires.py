"""Importing a questionnaire. The file as it came, the XForm and the compiled form are stored and never change."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from django.db import transaction

from audit.actions import record
from common.clock import day_of
from councils.surveys.actions.form_files import check_form_files, keep_form_files, keep_lists
from councils.surveys.models import Questionnaire, QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.queries.versions import has_begun
from councils.surveys.rules.arriving import read_questionnaire, report_to_list
from users.models import User

LONGEST_NAME = 120


@transaction.atomic
def import_questionnaire(
    *,
    actor: User | None,
    slug: str,
    content: bytes,
    filename: str,
    now: datetime,
    files: Mapping[str, bytes] | None = None,
) -> QuestionnaireVersion:
    """Import an XLSForm, or a survey of LimeSurvey (.lss), as the next version of the questionnaire `slug`.

    `files` came beside it, by name: lists (.csv) are taken into the form, pictures, sounds and films are kept with it.
    Gives back the version that it already is; files come to it as long as no wave of it has begun. `actor` is None for
    the machine, which loads the questionnaires that come with the site. Refuses with `FormRefusedError`, which names
    every place of the workbook, or with `DomainError` for a file beside it; then nothing is stored.
    """
    if actor is not None:
        can_import(actor, on=day_of(now)).enforce()
    beside = files or {}
    check_form_files(beside)
    arrived = read_questionnaire(content=content, filename=filename, files=beside)
    questionnaire, _made = Questionnaire.objects.get_or_create(slug=slug)
    questionnaire = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    twin = questionnaire.versions.filter(source_sha256=arrived.digest).first()
    if twin is not None:
        if not has_begun(twin.pk, on=day_of(now)):
            keep_form_files(actor=actor, version=twin, files=beside, now=now)
        return twin
    newest = questionnaire.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire,
        number=newest + 1,
        filename=PurePath(filename).name[-LONGEST_NAME:],
        source=content,
        source_sha256=arrived.digest,
        xform=arrived.xform,
        compiled=arrived.form.to_dict(),
        report=report_to_list(arrived.report),
        imported_at=now,
        imported_by=actor,
    )
    questionnaire.titles = arrived.form.titles
    questionnaire.save(update_fields=["titles"])
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug="",
        action="surveys.import_questionnaire",
        object_type="questionnaire_version",
        object_id=version.pk,
        detail={"slug": slug, "number": version.number, "sha256": arrived.digest},
    )
    keep_form_files(actor=actor, version=version, files=beside, now=now)
    keep_lists(version=version, lists={name: beside[name] for name in arrived.lists})
    return version
