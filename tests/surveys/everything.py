"""A questionnaire with every type of question and every shape of page, in one language, and a wave of it from today."""

from datetime import timedelta

from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.models import Wave
from councils.surveys.states import Audience
from towns.models import Town

_SURVEY = """
| survey | | | | | | | | |
| | type | name | label::English (en) | hint::English (en) | required | appearance | parameters | calculation | default|
| | begin_group | kinds | Kinds | | | | | | |
| | rank fruit | order | Put in order | Best first | yes | | | | |
| | range | mood | Mood | | | | start=0 end=10 step=1 | | |
| | range | warmth | Warmth | | | | start=0 end=40 step=0.5 | | |
| | datetime | moment | When was it? | | | | | | |
| | geopoint | where | Where? | | | | | | |
| | geotrace | way | Which way? | | | | | | |
| | acknowledge | agree | I have read this | | yes | | | | |
| | barcode | meter | Number of the meter | | | | | | |
| | select_one village | village | Which village? | | | minimal | | | |
| | text | story | Tell us | | | multiline | | | |
| | date | day | Which day? | | | | | | 2026-01-02 |
| | time | hour | Which hour? | | | | | | |
| | end_group | | | | | | | | |
| | begin_group | table | Table | | | table-list | | | |
| | select_one grade | water | Water | | yes | | | | |
| | select_one grade | roads | Roads | Inside the town | | | | | |
| | end_group | | | | | | | | |
| | begin_repeat | child | Child | | | | | | |
| | text | name | Name | | yes | | | | |
| | integer | age | Age | | | | | | |
| | begin_repeat | toy | Toy | | | | | | |
| | text | toy_name | What is it? | | | | | | |
| | end_repeat | | | | | | | | |
| | end_repeat | | | | | | | | |
| | begin_group | files | Files | | | | | | |
| | image | photo | A photo | | | | | | |
| | audio | sound | A sound | | | | | | |
| | file | paper | A paper | | | | | | |
| | calculate | children | | | | | | count(${child}) | |
| | note | told | You told of ${children} children | | | | | | |
| | end_group | | | | | | | | |
| choices | | | |
| | list_name | name | label::English (en) |
| | fruit | apple | Apple |
| | fruit | pear | Pear |
| | fruit | plum | Plum |
| | grade | bad | Bad |
| | grade | fair | Fair |
| | grade | good | Good |
"""
EVERYTHING = "\n".join(
    [
        *_SURVEY.strip().splitlines(),
        *(f"| | village | v{number} | Village {number} |" for number in range(1, 21)),
        "| settings | | | | | |",
        "| | form_title | form_id | version | default_language | public_title::English (en) |",
        "| | Everything | everything | 1 | English (en) | Everything |",
    ]
).encode()


def wave_of_everything(town: Town, *, audience: Audience = Audience.DECLARED, form: bytes = EVERYTHING) -> Wave:
    """A wave from today, in English alone."""
    moment = now()
    version = actions.import_questionnaire(
        actor=None, slug="everything", content=form, filename="everything.md", now=moment
    )
    return actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(moment),
        closes_date=day_of(moment) + timedelta(days=9),
        audience=audience,
        languages=["en"],
        now=moment,
    )
