"""A questionnaire made of ready blocks: composed as an XLSForm and imported like any other."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from councils.surveys.actions.questionnaires import import_questionnaire
from councils.surveys.models import QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.queries.library import ready_blocks
from councils.surveys.rules.blocks import BlocksClashError, compose
from users.models import User


def make_of_blocks(
    *, actor: User, slug: str, titles: Mapping[str, str], blocks: Sequence[str], now: datetime
) -> QuestionnaireVersion:
    """Import these ready blocks, in the order in which they are best asked, as the questionnaire `slug`."""
    can_import(actor, on=day_of(now)).enforce()
    chosen = [block for block in ready_blocks() if block.name in blocks]
    if not chosen or len(chosen) != len(set(blocks)):
        raise DomainError("no_such_block", _("Tick at least one block of the list."), field="blocks")
    try:
        content = compose(blocks=chosen, form_id=slug.replace("-", "_"), titles=titles)
    except BlocksClashError as error:
        message = _("These blocks ask different things under one name (%(name)s). Take one of them out.")
        raise DomainError("blocks_clash", message % {"name": str(error)}, field="blocks") from error
    return import_questionnaire(actor=actor, slug=slug, content=content, filename=f"{slug}.xlsx", now=now)
