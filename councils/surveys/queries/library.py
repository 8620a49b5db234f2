"""The ready blocks of questions that come with the site, read from its data files.

They are wordings, not answers: nothing here touches the database.
"""

from functools import lru_cache
from pathlib import Path

from councils.surveys.rules.blocks import Block, read_block

_FOLDER = Path(__file__).parents[1] / "data" / "blocks"
# In the order in which a questionnaire asks: the subject first, who answers last.
_ORDER = (
    "stay_or_leave",
    "utilities",
    "health",
    "environment",
    "jobs",
    "trust",
    "shock_plant",
    "shock_heating",
    "background",
)


@lru_cache(maxsize=1)
def ready_blocks() -> tuple[Block, ...]:
    """All ready blocks, in the order in which they are best asked."""
    return tuple(read_block(name=name, content=(_FOLDER / f"{name}.md").read_bytes()) for name in _ORDER)


def block_texts(block: Block, language: str) -> list[str]:
    """The questions of a block in this language, else in the first one that has them."""
    wanted = block.languages.get(language, next(iter(block.languages.values()), ""))
    return [
        text for row in block.survey if row.get("name") in block.questions and (text := row.get(f"label::{wanted}"))
    ]
