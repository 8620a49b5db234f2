"""The translation catalogues: nothing lost, nothing stale, nothing that would show a person English or break a page."""

import gettext
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from common import catalogues
from common.management.commands.messages import Command, library_folders, update

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy

hello = _("Hello, %(name)s")
share = _("% of answers")
month = pgettext_lazy("month", "May")
def people(n): return ngettext("%(n)d person", "%(n)d people", n) % {"n": n}
"""
PAGE = """
{% trans count=n %}
  {{ count }} need of <a href="{{ href }}">{{ town }}</a>
{% pluralize %}
  {{ count }} needs of <a href="{{ href }}">{{ town }}</a>
{% endtrans %}
{{ _("Hello") }}
"""
POT = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Enter a whole number."\nmsgstr ""\n'
NEED = '%(count)s need of <a href="%(href)s">%(town)s</a>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of one module and one page; its kk catalogue lacks everything."""
    for name in ("platform", "councils", "funds", "templates", "locale"):
        (tmp_path / name).mkdir()
    (tmp_path / "babel.cfg").write_bytes(Path(settings.ROOT, "babel.cfg").read_bytes())
    (tmp_path / "platform" / "words.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "templates" / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "locale" / "third_party.pot").write_text(POT, encoding="utf-8")
    return tmp_path


def po(root: Path, language: str = "kk") -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(root: Path, msgid: str, *strings: str, language: str = "kk") -> None:
    """Write a translation into the .po file, as a translator would."""
    path = po(root, language)
    catalog = catalogues.read_catalogue(path, language)
    assert catalog is not None
    message = next(m for m in catalog if msgid in (m.id if isinstance(m.id, tuple) else (m.id,)))
    message.string = strings if isinstance(message.id, tuple) else strings[0]
    path.write_bytes(catalogues.po_bytes(catalog, language))


def kazakh(root: Path, *, write: bool = False) -> list[str]:
    return [line for line in update(root, write=write) if line.startswith("kk: ")]


def _plural(rule: str) -> list[int]:
    choose = gettext.c2py(rule.rstrip("; ").split("plural=")[1])
    return [choose(n) for n in range(200)]


def translate_all(root: Path) -> None:
    update(root, write=True)
    translate(root, "Hello, %(name)s", "Сәлем, %(name)s")
    translate(root, "% of answers", "Жауаптардың пайызы")
    translate(root, "May", "мамыр")
    translate(root, "%(n)d person", "%(n)d адам", "%(n)d адам")
    need = '<a href="%(href)s">%(town)s</a>: %(count)s қажеттілік'
    translate(root, NEED, need, need)
    translate(root, "Hello", "Сәлем")


def test_code_and_pages_are_searched_and_each_message_is_asked_for(root: Path) -> None:
    assert sorted(kazakh(root, write=True)) == [
        f"kk: {text!r} is not translated"
        for text in ("% of answers", NEED, "%(n)d person", "Hello", "Hello, %(name)s", "May")
    ]


def test_every_language_gets_the_plural_forms_of_django(root: Path) -> None:
    update(root, write=True)
    forms = {}
    for language in catalogues.PLURALS:
        catalog = catalogues.read_catalogue(po(root, language), language)
        assert catalog is not None
        forms[language] = [len(m.string or ()) for m in catalog if isinstance(m.id, tuple)]
    assert forms == {"kk": [2, 2], "ru": [4, 4], "de": [2, 2]}
    for language in catalogues.PLURALS:
        with (Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.mo").open(
            "rb"
        ) as file:
            library = gettext.GNUTranslations(file).info()["plural-forms"]
        assert _plural(library) == _plural(catalogues.PLURALS[language])


def test_translations_are_kept_compiled_and_a_second_run_changes_no_byte(root: Path) -> None:
    translate_all(root)
    assert kazakh(root, write=True) == []
    files = sorted(root.glob("locale/*/LC_MESSAGES/*"))
    before = [file.read_bytes() for file in files]
    assert kazakh(root, write=True) == []
    assert [file.read_bytes() for file in files] == before
    assert str(root).encode() not in b"".join(before)
    with po(root).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Hello, %(name)s") == "Сәлем, %(name)s"
    assert compiled.pgettext("month", "May") == "мамыр"
    assert compiled.ngettext("%(n)d person", "%(n)d people", 5) == "%(n)d адам"


@pytest.mark.parametrize(
    ("msgid", "wrong", "complaint"),
    [
        ("Hello, %(name)s", ["Сәлем, %(aty)s"], "has other placeholders"),
        ("Hello, %(name)s", ["Сәлем"], "has other placeholders"),
        ("Hello, %(name)s", ["Сәлем, {name}"], "has other placeholders"),
        ("Hello, %(name)s", ["%(name)s: 100 % сәлем"], "has a percent sign"),
        ("Hello", ["100 %"], "has a percent sign"),
        ("%(n)d person", ["%(n)d адам", "адам"], "has other placeholders"),
        (NEED, ["<b>%(count)s</b> %(town)s %(href)s"] * 2, "has other placeholders or tags"),
        ("May", [""], "is not translated"),
        ("%(n)d person", ["%(n)d адам", ""], "is not translated"),
    ],
)
def test_a_translation_that_would_break_its_page_is_found(
    root: Path, msgid: str, wrong: list[str], complaint: str
) -> None:
    translate_all(root)
    translate(root, msgid, *wrong)
    found = kazakh(root, write=True)
    assert found
    assert [line for line in found if not line.startswith(f"kk: {msgid!r} {complaint}")] == []


def test_a_fuzzy_translation_is_found(root: Path) -> None:
    translate_all(root)
    text = po(root).read_text(encoding="utf-8")
    po(root).write_text(text.replace('msgid "Hello"', '#, fuzzy\nmsgid "Hello"'), encoding="utf-8")
    assert kazakh(root, write=True) == ["kk: 'Hello' is marked fuzzy"]


def test_checking_writes_nothing_and_finds_what_lies_on_disk_outdated(root: Path) -> None:
    translate_all(root)
    assert kazakh(root) == ["kk: django.mo is not what django.po says"]
    update(root, write=True)
    assert kazakh(root) == []
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    (root / "templates" / "page.html").write_text('{{ _("Good day") }}', encoding="utf-8")
    assert kazakh(root) == ["kk: django.po is not what the code says", *kazakh(root)[1:]]
    assert "kk: 'Good day' is not translated" in kazakh(root)
    assert {file: file.read_bytes() for file in before if file.suffix in {".po", ".mo"}} == {
        file: text for file, text in before.items() if file.suffix in {".po", ".mo"}
    }


def test_messages_that_nobody_says_any_more_are_dropped(root: Path) -> None:
    translate_all(root)
    (root / "templates" / "page.html").write_text("", encoding="utf-8")
    assert kazakh(root, write=True) == []
    assert "Сәлем, %(name)s" in po(root).read_text(encoding="utf-8")
    assert NEED.split(" ", maxsplit=1)[0] + " need" not in po(root).read_text(encoding="utf-8")


def test_a_librarys_message_is_asked_for_only_where_the_library_lacks_it(root: Path) -> None:
    lacking = 'msgid "Enter a valid integer."\nmsgstr ""\n'
    (root / "locale" / "third_party.pot").write_text(f"{POT}\n{lacking}", encoding="utf-8")
    asked = [line for line in update(root, write=True) if "Enter" in line]
    assert asked == ["kk: 'Enter a valid integer.' is not translated"]


def test_our_better_translation_of_a_librarys_message_stays(root: Path) -> None:
    translate_all(root)
    better = '\nmsgid "Enter a whole number."\nmsgstr "Бүтін сан енгізіңіз."\n'
    po(root).write_text(po(root).read_text(encoding="utf-8") + better, encoding="utf-8")
    assert kazakh(root, write=True) == []
    assert "Бүтін сан енгізіңіз." in po(root).read_text(encoding="utf-8")


def test_a_damaged_template_stops_the_search_instead_of_hiding_its_texts(root: Path) -> None:
    (root / "templates" / "broken.html").write_text("{% trans %}Hello", encoding="utf-8")
    with pytest.raises(Exception, match="unclosed translation block"):
        update(root, write=False)


def test_the_command_fails_on_what_is_missing(root: Path) -> None:
    with override_settings(ROOT=root), pytest.raises(CommandError, match="to mend: run `make messages`"):
        call_command(Command(), check=True)


def test_every_foreign_message_of_our_list_is_still_said_by_a_library() -> None:
    said = set()
    for package in (Path(django.__file__).parent / "conf", Path(allauth.__file__).parent):
        with (package / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
            said |= {catalogues.key(message) for message in read_po(file)}
    ours = {catalogues.key(m) for m in catalogues.third_party_messages(Path(settings.ROOT, "locale")) if m.id}
    assert len(ours) > 20
    assert ours - said == set()


def test_the_libraries_are_asked_and_our_own_catalogues_are_not() -> None:
    folders = library_folders()
    assert Path(django.__file__).parent / "conf" / "locale" in folders
    assert Path(allauth.__file__).parent / "locale" in folders
    assert Path(settings.ROOT, "locale") not in folders


def test_half_a_plural_is_not_compiled_into_english(root: Path) -> None:
    translate_all(root)
    translate(root, "%(n)d person", "%(n)d адам", "")
    update(root, write=True)
    with po(root).with_suffix(".mo").open("rb") as file:
        assert b"%(n)d person" not in file.read()
