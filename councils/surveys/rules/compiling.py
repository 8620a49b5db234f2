"""From the parts of an XForm to the compiled questionnaire: what each node is, and whether we can carry it out.

Every node, attribute and expression is taken over, named in the report or refused with its place; nothing falls
through. It must never guess: a type or function that is not listed is refused.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from councils.surveys.rules.arranging import files_of, matrices, sections, within
from councils.surveys.rules.expressions import ExpressionRefusedError, read_expression
from councils.surveys.rules.form import (
    FILE_TYPES,
    Bounds,
    CompiledForm,
    Group,
    Media,
    Question,
    QuestionType,
    Texts,
    references_in,
)
from councils.surveys.rules.kinds import (
    BIND_ATTRIBUTES,
    CONTROL_ATTRIBUTES,
    PRELOAD,
    REFUSED_ATTRIBUTES,
    TODAY,
    appearances,
    changes_answers,
    is_drawn,
    kind_of,
    preload_of,
)
from councils.surveys.rules.listing import Lists
from councils.surveys.rules.ordering import circle_in
from councils.surveys.rules.places import Places
from councils.surveys.rules.problems import Problem, Remark
from councils.surveys.rules.xform import Control, XForm
from councils.surveys.states import FormProblem, FormRemark

_STRANGE = {"submission": FormProblem.SETTING_UNSUPPORTED, "trigger": FormProblem.COLUMN_UNSUPPORTED}
_YES, _NO = "true()", "false()"
_PRELOADS = frozenset({"jr:preload", "jr:preloadParams"})  # of what a person answers: a device's own first value
_RANGE = frozenset({"start", "end", "step"})


class Compiler:
    """Builds the form and collects `problems` and `remarks` on the way. Used once."""

    def __init__(self, xform: XForm, places: Places) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Remark] = []
        self._xform = xform
        self._places = places
        self._repeats = frozenset(path for path in xform.nodes if self._kind(path) == "repeat")
        self._leaves = frozenset(path for path, (_default, is_leaf) in xform.nodes.items() if is_leaf)
        self._names = frozenset(path.rpartition("/")[2] for path in self._leaves)
        self._known = self._leaves | self._repeats
        self._lists = Lists(xform, places, self._checked_texts)
        self._columns = {
            name: frozenset(column for item in items for column in item.columns) for name, items in xform.lists.items()
        }
        self._looked_up: set[str] = set()  # lists that expressions read with instance()
        self._devices = {
            path: preload
            for path in self._leaves
            if (preload := preload_of(xform.binds.get(path, {}), xform.actions.get(path, ""))) not in {"", TODAY}
        }

    def compile(self, *, titles: Texts) -> CompiledForm:
        """The form as far as it can be built; it is only worth something while `problems` is empty."""
        self._report_strange()
        groups, questions = [], []
        for path, (default, is_leaf) in self._xform.nodes.items():
            if not is_leaf or self._kind(path) in {"group", "repeat"}:
                groups.append(self._group(path))
            elif (question := self._question(path, default)) is not None:
                questions.append(question)
        groups, questions = matrices(groups, questions)
        self._refuse_same_names([*questions, *(group for group in groups if group.is_repeat)])
        self._report_appearances(groups, questions)
        used = {question.choice_list for question in questions} - {""} | self._looked_up
        form = CompiledForm(
            form_id=self._xform.form_id,
            version=self._xform.version,
            titles=titles,
            languages=self._xform.languages,
            default_language=self._xform.default_language,
            root=self._xform.root,
            groups=tuple(groups),
            sections=sections(root=self._xform.root, groups=groups, questions=questions),
            questions=tuple(questions),
            lists=self._lists.compiled(used),
        )
        form = msgspec.structs.replace(form, files=files_of(form))
        self.problems += self._lists.problems
        if not self.problems and (circle := circle_in(form)):
            paths = {question.name: question.path for question in form.questions}
            path = paths.get(circle[0], f"/{form.root}/{circle[0]}")
            self._add(FormProblem.CIRCLE, path, "relevant", " → ".join(circle))
        if not any(question.type != "metadata" for question in questions) and not self.problems:
            self.problems.append(Problem(code=FormProblem.EMPTY, sheet="survey"))
        digest = hashlib.sha256(msgspec.json.encode(form, order="deterministic")).hexdigest()
        return msgspec.structs.replace(form, digest=digest)

    def _kind(self, path: str) -> str:
        return self._xform.controls[path].kind if path in self._xform.controls else ""

    def _add(self, code: FormProblem, path: str, kind: str, detail: str = "") -> None:
        problem = self._places.problem(code, path=path, kind=kind, detail=detail)
        if problem not in self.problems:
            self.problems.append(problem)

    def _remark(self, code: FormRemark, path: str, kind: str, detail: str) -> None:
        self.remarks.append(self._places.remark(code, path=path, kind=kind, detail=detail))

    def _report_strange(self) -> None:
        for path, what in self._xform.strange:
            name, _, detail = what.partition(":")
            match name:
                case "language":
                    self.problems.append(
                        Problem(code=FormProblem.DUPLICATE_LANGUAGE, sheet="survey", row=1, detail=detail)
                    )
                case "itemset":
                    self._add(FormProblem.FILE_UNSUPPORTED, path, "type", self._places.type_written(path) or detail)
                case _:
                    code = _STRANGE.get(name, FormProblem.TYPE_UNSUPPORTED)
                    self._add(code, path, "trigger" if name == "trigger" else "type", name)
        for source in self._xform.files:
            self.problems.append(Problem(code=FormProblem.FILE_UNSUPPORTED, sheet="survey", detail=source))
        for path, attribute in self._xform.node_attributes:
            self._remark(FormRemark.ATTRIBUTE, path, attribute, f"instance::{attribute}")

    def _group(self, path: str) -> Group:
        control = self._xform.controls.get(path)
        bind = self._xform.binds.get(path, {})
        self._check_attributes(path, bind, control)
        is_repeat = path in self._repeats
        if not any(leaf.startswith(f"{path}/") for leaf in self._leaves):
            self._add(FormProblem.GROUP_EMPTY, path, "name", path.rpartition("/")[2])  # ODK refuses it as well
        attributes = control.attributes if control else {}
        return Group(
            name=path.rpartition("/")[2],
            path=path,
            labels=self._checked_texts(path, "label", control.labels) if control else {},
            relevant=self._expression(path, bind.get("relevant"), "relevant"),
            appearance=attributes.get("appearance", ""),
            is_repeat=is_repeat,
            count=self._expression(path, attributes.get("jr:count"), "repeat_count") if is_repeat else None,
            repeat=within(path, self._repeats),
            media=self._media(path, control.media) if control else {},
        )

    def _question(self, path: str, default: str) -> Question | None:
        control, bind = self._xform.controls.get(path), self._xform.binds.get(path, {})
        action = self._xform.actions.get(path, "")
        kind = kind_of(control, bind, action)
        if kind is None:
            self._add(FormProblem.TYPE_UNSUPPORTED, path, "type", self._places.type_written(path) or bind["type"])
            return None
        self._check_attributes(path, bind, control)
        if kind in FILE_TYPES and default:
            self._add(FormProblem.DEFAULT_UNSUPPORTED, path, "default", default.rpartition("/")[2])
        if kind == "metadata":
            return self._metadata(path, bind, action)
        texts = (control.labels, control.hints) if control else ({}, {})
        attributes = control.attributes if control else {}
        required, read_only = bind.get("required", _NO), bind.get("readonly", _NO)
        appearance = attributes.get("appearance", "")
        if control is not None and control.list_name:
            self._lists.check(path, control)
        return Question(
            name=path.rpartition("/")[2],
            path=path,
            type=kind,
            labels=self._checked_texts(path, "label", texts[0]),
            hints=self._checked_texts(path, "hint", texts[1]),
            choice_list=control.list_name if control else "",
            choice_filter=self._choice_filter(path, control) if control else None,
            required=None if required == _NO else self._expression(path, required, "required"),
            required_messages=self._message(path, bind.get("jr:requiredMsg"), "required_message"),
            relevant=self._expression(path, bind.get("relevant"), "relevant"),
            constraint=self._expression(path, bind.get("constraint"), "constraint"),
            constraint_messages=self._message(path, bind.get("jr:constraintMsg"), "constraint_message"),
            calculation=self._expression(path, bind.get("calculate"), "calculation"),
            read_only=read_only == _YES and kind != "note",
            read_only_when=None if read_only in {_YES, _NO} else self._expression(path, read_only, "read_only"),
            default=default,
            default_expression=self._expression(path, self._xform.first_values.get(path), "default"),
            bounds=Bounds(start=attributes["start"], end=attributes["end"], step=attributes["step"])
            if kind == "range"
            else None,
            appearance=f"{appearance} multiline".strip() if "rows" in attributes else appearance,
            data_type=bind.get("type", "string"),
            repeat=within(path, self._repeats),
            media=self._media(path, control.media) if control else {},
            parameters=self._parameters(path, kind),
        )

    def _metadata(self, path: str, bind: Mapping[str, str], action: str) -> Question:
        """What a device fills in by itself. The day is the one that a page knows as well."""
        preload = preload_of(bind, action)
        self._remark(FormRemark.METADATA, path, "type", path.rpartition("/")[2])
        return Question(
            name=path.rpartition("/")[2],
            path=path,
            type="metadata",
            relevant=self._expression(path, bind.get("relevant"), "relevant"),
            default_expression="today()" if preload == TODAY else None,
            data_type=bind.get("type", "string"),
            repeat=within(path, self._repeats),
            parameters={PRELOAD: preload},
        )

    def _check_attributes(self, path: str, bind: Mapping[str, str], control: Control | None) -> None:
        attributes = control.attributes if control else {}
        for column, strangers in (
            ("bind", bind.keys() - BIND_ATTRIBUTES | (bind.keys() & _PRELOADS if control else frozenset())),
            ("body", attributes.keys() - CONTROL_ATTRIBUTES),
        ):
            for attribute in sorted(strangers):
                if attribute in REFUSED_ATTRIBUTES:
                    self._add(FormProblem.COLUMN_UNSUPPORTED, path, attribute, f"{column}::{attribute}")
                else:
                    self._remark(FormRemark.ATTRIBUTE, path, attribute, f"{column}::{attribute}")

    def _report_appearances(self, groups: list[Group], questions: list[Question]) -> None:
        tables = {group.path for group in groups if group.is_matrix}
        nodes: list[Group | Question] = [*groups, *questions]
        for node in nodes:
            kind = node.type if isinstance(node, Question) else ""
            in_table = node.path.rpartition("/")[0] in tables
            for appearance in appearances(node.appearance):
                if changes_answers(appearance):
                    self._add(FormProblem.APPEARANCE_UNSUPPORTED, node.path, "appearance", appearance)
                elif not is_drawn(appearance, kind) or (appearance.endswith("label") and not in_table):
                    self._remark(FormRemark.APPEARANCE, node.path, "appearance", appearance)

    def _parameters(self, path: str, kind: QuestionType) -> dict[str, str]:
        given = self._places.parameters(path)
        known = {"randomize", "seed"} | (_RANGE if kind == "range" else frozenset())
        for key in given.keys() - known - {"value", "label"}:
            self._remark(FormRemark.PARAMETER, path, "parameters", key)
        dropped = _RANGE if kind == "range" else frozenset({"value", "label"})
        return {key: value for key, value in given.items() if key not in dropped}

    def _media(self, path: str, media: Media) -> Media:
        for name in sorted({name for names in media.values() for name in names.values()}):
            if not self._lists.is_file_name(name):
                self._add(FormProblem.MEDIA_NAME, path, "media", name)
        return media

    def _checked_texts(self, path: str, kind: str, texts: Texts) -> Texts:
        for reference in sorted(frozenset().union(*map(references_in, texts.values())) - self._names):
            self._add(FormProblem.REFERENCE_UNKNOWN, path, kind, reference)
        return texts

    def _message(self, path: str, reference: str | None, kind: str) -> Texts:
        return self._checked_texts(path, kind, self._xform.words(reference)) if reference else {}

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
            read = read_expression(
                source=source, base=path, known=self._known, in_choices=in_choices, lists=self._columns
            )
        except ExpressionRefusedError as refusal:
            code, detail = FormProblem(refusal.code), refusal.detail
            if code is FormProblem.EXPRESSION_UNREADABLE:
                detail = self._places.written(path, kind) or detail
            self._add(code, path, kind, detail)
            return None
        self._looked_up |= read.lists
        for reference in sorted(read.references & self._devices.keys()):
            self._add(FormProblem.METADATA_READ, path, kind, reference.rpartition("/")[2])
        return read.source

    def _refuse_same_names(self, nodes: list[Question | Group]) -> None:
        seen: set[str] = set()
        for node in nodes:
            if node.name in seen:
                self._add(FormProblem.DUPLICATE_NAME, node.path, "name", node.name)
            seen.add(node.name)
