"""From the parts of an XForm to the compiled questionnaire: what each node is, and whether we can carry it out.

Every node, attribute and expression is either taken over or named as a problem with its place; nothing falls through.
It must never guess: a type, appearance or function that is not listed here is refused.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from councils.surveys.rules.expressions import ExpressionRefusedError, read_expression
from councils.surveys.rules.form import (
    Bounds,
    Choice,
    CompiledForm,
    Group,
    Question,
    QuestionType,
    Section,
    Texts,
    references_in,
    words,
)
from councils.surveys.rules.ordering import circle_in
from councils.surveys.rules.places import Places
from councils.surveys.rules.problems import Problem
from councils.surveys.rules.xform import Control, XForm
from councils.surveys.states import FormProblem

_INPUT_TYPES: dict[str, QuestionType] = {
    "string": "text",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
}
_CONTROLS: dict[str, QuestionType] = {"select1": "select_one", "select": "select_multiple", "range": "range"}
_BIND_ATTRIBUTES = words("nodeset type required relevant constraint calculate readonly jr:constraintMsg jr:requiredMsg")
_CONTROL_ATTRIBUTES = words("ref nodeset appearance start end step rows")
_APPEARANCES_REFUSED = words(
    "table-list label list-nolabel list map placement-map image-map signature draw annotate "
    "bearing counter distress new"
)
_STRANGE = {"setvalue": FormProblem.DEFAULT_UNSUPPORTED, "submission": FormProblem.SETTING_UNSUPPORTED}
_YES, _NO = "true()", "false()"


class Compiler:
    """Builds the form and collects `problems` on the way. Used once."""

    def __init__(self, xform: XForm, places: Places) -> None:
        self.problems: list[Problem] = []
        self._xform = xform
        self._places = places
        self._known = frozenset(path for path, _default, is_leaf in xform.nodes if is_leaf)

    def compile(self, *, titles: Texts) -> CompiledForm:
        """The form as far as it can be built; it is only worth something while `problems` is empty."""
        self._report_strange()
        groups, questions = [], []
        for path, default, is_leaf in dict.fromkeys(self._xform.nodes):
            if not is_leaf or self._kind(path) in {"group", "repeat"}:
                groups.append(self._group(path))
            elif (question := self._question(path, default)) is not None:
                questions.append(question)
        self._refuse_same_names(questions)
        form = CompiledForm(
            form_id=self._xform.form_id,
            version=self._xform.version,
            titles=titles,
            languages=self._xform.languages,
            default_language=self._xform.default_language,
            root=self._xform.root,
            groups=tuple(groups),
            sections=_sections(root=self._xform.root, groups=groups, questions=questions),
            questions=tuple(questions),
            lists={
                name: tuple(Choice(value=item.value, labels=item.labels, columns=item.columns) for item in items)
                for name, items in self._xform.lists.items()
                if name in {question.choice_list for question in questions}
            },
        )
        if not self.problems and (circle := circle_in(form)):
            path = form.question(circle[0]).path if circle[0] in self._names(form) else f"/{form.root}/{circle[0]}"
            self._add(FormProblem.CIRCLE, path, "relevant", " → ".join(circle))
        if not questions and not self.problems:
            self.problems.append(Problem(code=FormProblem.EMPTY, sheet="survey"))
        digest = hashlib.sha256(msgspec.json.encode(form, order="deterministic")).hexdigest()
        return msgspec.structs.replace(form, digest=digest)

    @staticmethod
    def _names(form: CompiledForm) -> frozenset[str]:
        return frozenset(question.name for question in form.questions)

    def _kind(self, path: str) -> str:
        return self._xform.controls[path].kind if path in self._xform.controls else ""

    def _add(self, code: FormProblem, path: str, kind: str, detail: str = "") -> None:
        problem = self._places.problem(code, path=path, kind=kind, detail=detail)
        if problem not in self.problems:
            self.problems.append(problem)

    def _report_strange(self) -> None:
        for path, what in self._xform.strange:
            name, _, detail = what.partition(":")
            match name:
                case "language":
                    self.problems.append(
                        Problem(code=FormProblem.DUPLICATE_LANGUAGE, sheet="survey", row=1, detail=detail)
                    )
                case "media":
                    self._add(FormProblem.MEDIA_UNSUPPORTED, path, "label", detail)
                case "itemset":
                    self._add(FormProblem.FILE_UNSUPPORTED, path, "type", self._places.type_written(path) or detail)
                case _:
                    code = _STRANGE.get(name, FormProblem.TYPE_UNSUPPORTED)
                    self._add(code, path, "default" if name == "setvalue" else "type", name)
        for source in self._xform.files:
            self.problems.append(Problem(code=FormProblem.FILE_UNSUPPORTED, sheet="survey", detail=source))

    def _group(self, path: str) -> Group:
        control = self._xform.controls.get(path)
        bind = self._xform.binds.get(path, {})
        if control is not None and control.kind == "repeat":
            self._add(FormProblem.REPEAT_UNSUPPORTED, path, "type", path.rpartition("/")[2])
        else:
            self._check_attributes(path, bind, control)
        return Group(
            name=path.rpartition("/")[2],
            path=path,
            labels=control.labels if control else {},
            relevant=self._expression(path, bind.get("relevant"), "relevant"),
            appearance=control.attributes.get("appearance", "") if control else "",
        )

    def _question(self, path: str, default: str) -> Question | None:
        control, bind = self._xform.controls.get(path), self._xform.binds.get(path, {})
        kind = self._type(control, bind)
        if kind is None:
            preload = bind.get("jr:preload", "")
            self._add(FormProblem.TYPE_UNSUPPORTED, path, "type", self._places.type_written(path) or preload)
            return None
        self._check_attributes(path, bind, control)
        read_only = bind.get("readonly", _NO)
        if read_only not in {_YES, _NO}:
            self._add(FormProblem.READ_ONLY_UNSUPPORTED, path, "read_only", read_only)
        texts = (control.labels, control.hints) if control else ({}, {})
        attributes = control.attributes if control else {}
        required = bind.get("required", _NO)
        appearance = attributes.get("appearance", "")
        return Question(
            name=path.rpartition("/")[2],
            path=path,
            type=kind,
            labels=self._checked_texts(path, "label", texts[0]),
            hints=self._checked_texts(path, "hint", texts[1]),
            choice_list=self._choice_list(path, control) if control else "",
            choice_filter=self._choice_filter(path, control) if control else None,
            required=None if required == _NO else self._expression(path, required, "required"),
            required_messages=self._message(path, bind.get("jr:requiredMsg"), "required_message"),
            relevant=self._expression(path, bind.get("relevant"), "relevant"),
            constraint=self._expression(path, bind.get("constraint"), "constraint"),
            constraint_messages=self._message(path, bind.get("jr:constraintMsg"), "constraint_message"),
            calculation=self._expression(path, bind.get("calculate"), "calculation"),
            read_only=read_only == _YES and kind != "note",
            default=default,
            bounds=Bounds(start=attributes["start"], end=attributes["end"], step=attributes["step"])
            if kind == "range"
            else None,
            appearance=f"{appearance} multiline".strip() if "rows" in attributes else appearance,
        )

    @staticmethod
    def _type(control: Control | None, bind: Mapping[str, str]) -> QuestionType | None:
        """What we call this node; None when we cannot carry it out."""
        written = bind.get("type", "string")
        if "jr:preload" in bind:
            return None
        if control is None:
            return "calculate" if "calculate" in bind else None
        if control.kind == "input" and "query" not in control.attributes:
            is_note = written == "string" and bind.get("readonly") == _YES and "calculate" not in bind
            return "note" if is_note else _INPUT_TYPES.get(written)
        if control.kind == "range" and written not in {"int", "decimal"}:
            return None
        return _CONTROLS.get(control.kind) if written in {"string", "int", "decimal"} else None

    def _check_attributes(self, path: str, bind: Mapping[str, str], control: Control | None) -> None:
        for attribute in sorted(bind.keys() - _BIND_ATTRIBUTES):
            self._add(FormProblem.COLUMN_UNSUPPORTED, path, "bind", f"bind::{attribute}")
        attributes = control.attributes if control else {}
        for attribute in sorted(attributes.keys() - _CONTROL_ATTRIBUTES):
            self._add(FormProblem.COLUMN_UNSUPPORTED, path, "body", f"body::{attribute}")
        for appearance in attributes.get("appearance", "").split():
            if appearance in _APPEARANCES_REFUSED or "(" in appearance or ":" in appearance:
                self._add(FormProblem.APPEARANCE_UNSUPPORTED, path, "appearance", appearance)

    def _checked_texts(self, path: str, kind: str, texts: Texts) -> Texts:
        for reference in frozenset().union(*map(references_in, texts.values())):
            if reference not in {known.rpartition("/")[2] for known in self._known}:
                self._add(FormProblem.REFERENCE_UNKNOWN, path, kind, reference)
        return texts

    def _message(self, path: str, reference: str | None, kind: str) -> Texts:
        return self._checked_texts(path, kind, self._xform.words(reference)) if reference else {}

    def _choice_list(self, path: str, control: Control) -> str:
        items = self._xform.lists.get(control.list_name, ())
        if control.list_name and not items:
            self._add(FormProblem.FILE_UNSUPPORTED, path, "type", control.list_name)
        for item in items:
            if len(item.value.split()) != 1:
                problem = self._places.choice_problem(
                    FormProblem.CHOICE_VALUE, list_name=control.list_name, value=item.value
                )
                self.problems += [problem] * (problem not in self.problems)
            for text in item.labels.values():
                self._checked_texts(path, "label", {"": text})
        return control.list_name

    def _choice_filter(self, path: str, control: Control) -> str | None:
        if control.choice_filter is None:
            return None
        source = control.choice_filter
        for code, name in self._xform.languages.items():
            # Some authors filter by the label column itself; the choice knows its own labels.
            source = source.replace(f"label::{name}", f"choice-label('{code}')")
        return self._expression(path, source, "choice_filter", in_choices=True)

    def _expression(self, path: str, source: str | None, kind: str, *, in_choices: bool = False) -> str | None:
        if source is None or not source.strip():
            return None
        try:
            return read_expression(source=source, base=path, known=self._known, in_choices=in_choices).source
        except ExpressionRefusedError as refusal:
            self._add(FormProblem(refusal.code), path, kind, refusal.detail)
            return None

    def _refuse_same_names(self, questions: list[Question]) -> None:
        seen: set[str] = set()
        for question in questions:
            if question.name in seen:
                self._add(FormProblem.DUPLICATE_NAME, question.path, "name", question.name)
            seen.add(question.name)


def _sections(*, root: str, groups: list[Group], questions: list[Question]) -> tuple[Section, ...]:
    """Top-level groups and, between them, runs of ungrouped questions, in the order of the sheet."""
    top = {group.name: group for group in groups if group.path == f"/{root}/{group.name}"}
    runs: list[tuple[str, list[str]]] = []
    for question in questions:
        parts = question.path.split("/")[2:]
        name = parts[0] if len(parts) > 1 else ""
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append(question.name)
    return tuple(
        Section(name=name or str(number), labels=top[name].labels if name else {}, questions=tuple(names))
        for number, (name, names) in enumerate(runs, start=1)
    )
