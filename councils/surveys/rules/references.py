"""Expressions as people write them: `${name}` where the compiled form has the path that pyxform made of it.

What was written as a path by hand stays a path: an XLSForm may hold it as well. Nothing is evaluated here.
"""

import re
from functools import lru_cache

from councils.surveys.rules.form import CompiledForm, Group, Question

# pyxform puts one space before and one after each path that stands for a `${name}`.
_PATH = re.compile(r"(?:^| )((?:current\(\)/)?(?:/[\w.\-]+|\.\.(?=/))(?:/(?:\.\.|[\w.\-]+))*)(?: |$)")


class References:
    """Reads paths back into names, for one form."""

    def __init__(self, form: CompiledForm) -> None:
        self._names = {question.path: question.name for question in form.questions}
        self._names |= {group.path: group.name for group in form.groups}

    def named(self, node: Group | Question, source: str) -> str:
        """The expression of this node with `${name}` for each path that pyxform would write again."""
        return _PATH.sub(lambda found: self._reference(node, found), source)

    def _reference(self, node: Group | Question, found: re.Match[str]) -> str:
        """Relative paths are pyxform's own inside repeated groups only."""
        written = found[1].removeprefix("current()/")
        parts = [] if written.startswith("/") else node.path.split("/")[1:]
        if parts and not (node.repeat or isinstance(node, Group)):
            return found[0]
        for part in written.split("/"):
            if part == "..":
                del parts[-1:]
            elif part:
                parts.append(part)
        name = self._names.get(f"/{'/'.join(parts)}")
        return found[0] if name is None else f"${{{name}}}"


@lru_cache(maxsize=16)
def references_of(form: CompiledForm) -> References:
    """The names of a form's paths, made once per digest."""
    return References(form)
