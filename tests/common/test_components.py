"""The base page and the components: what every page inherits, in four languages and without a script."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory, override_settings
from django.urls import URLResolver, include, path
from django.utils import translation

LANGUAGES = ("kk", "ru", "de", "en")
ERROR_PAGES = ("400", "403", "404", "429", "csrf", "refused", "500")
IMPORTS = """
{% from "components/ui.html" import badge, notice, card, facts, figures, breadcrumbs, pager, empty, progress, table %}
{% from "components/chain.html" import chain, house, plan %}
{% from "components/charts.html" import meter, intervals, bars %}
{% from "components/forms.html" import form_page, field, error_summary, post_button %}
"""


def _page(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    return HttpResponse(request.path)


def _room(name: str, **pages: str) -> URLResolver:
    return path(f"{name}/", include(([path(where, _page, name=page) for page, where in pages.items()], name)))


class Routes:
    """The addresses that the base page links to, without the rooms behind them."""

    urlpatterns = i18n_patterns(
        _room("portal", home="", how="how/", openapi="data/", explain="how-to-check/"),
        _room("towns", list=""),
        _room("needs", follow="follow/"),
        _room("users", me=""),
        path("town/<slug:slug>/", _page, name="town"),
    )


@pytest.fixture(autouse=True)
def _routes() -> object:
    with override_settings(ROOT_URLCONF=Routes):
        yield


def render(source: str, address: str = "/kk/town/rudny/", **context: object) -> str:
    request = RequestFactory().get(address)
    with translation.override(address.split("/")[1]):
        return _one_line(engines["jinja2"].from_string(IMPORTS + source).render(context, request))


def _one_line(html: str) -> str:
    """HTML does not care how the template's lines are broken, and these tests do not either."""
    return re.sub(r"\s+", " ", html)


def page(address: str) -> str:
    source = (
        '{% extends "base.html" %}{% block title %}{{ name }}{% endblock %}{% block main %}<h1>Т</h1>{% endblock %}'
    )
    request = RequestFactory().get(address)
    with translation.override(address.split("/")[1]):
        return _one_line(engines["jinja2"].from_string(source).render({"name": 'Т & "Т"'}, request))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_switch_keeps_the_page_and_its_query(language: str) -> None:
    html = page(f"/{language}/town/rudny/?page=2&year=2026")
    assert f'<html lang="{language}">' in html
    links = re.findall(r'<a href="([^"]+)" lang="(\w\w)" hreflang="\w\w"( aria-current="true")?>', html)
    assert links == [
        (f"/{code}/town/rudny/?page=2&amp;year=2026", code, ' aria-current="true"' if code == language else "")
        for code in LANGUAGES
    ]
    alternates = re.findall(r'<link rel="alternate" hreflang="(\w\w)" href="([^"]+)">', html)
    assert alternates == [(code, f"http://testserver/{code}/town/rudny/?page=2&amp;year=2026") for code in LANGUAGES]


def test_a_page_without_a_language_in_its_address_leads_to_the_first_pages() -> None:
    request = RequestFactory().get("/stripe/webhook/")
    with translation.override("ru"):
        html = _one_line(engines["jinja2"].from_string('{% extends "base.html" %}').render({}, request))
    assert re.findall(r'<a href="([^"]+)" lang=', html) == ["/kk/", "/ru/", "/de/", "/en/"]


def test_only_the_letters_of_the_language_are_fetched_early() -> None:
    def early(address: str) -> list[str]:
        return re.findall(r'preload" href="/static/fonts/([\w-]+)\.woff2"', page(address))

    assert early("/kk/town/rudny/") == ["onest-latin", "onest-cyrillic"]
    assert early("/de/town/rudny/") == ["onest-latin"]


def test_the_title_is_escaped_and_carries_the_name_of_the_site() -> None:
    html = page("/en/town/rudny/")
    assert re.findall("<title>(.+) · .+</title>", html) == ["Т &amp; &#34;Т&#34;"]
    assert re.findall('og:title" content="([^"]*)">', html) == ["Т &amp; &#34;Т&#34;"]


def test_addresses_are_cached_per_language() -> None:
    source = '{{ url("town", slug="rudny") }} {{ url("town", slug="rudny") }} {{ url("towns:list") }}'
    texts = [render(source, f"/{language}/").split() for language in LANGUAGES]
    assert texts == [[f"/{c}/town/rudny/", f"/{c}/town/rudny/", f"/{c}/towns/"] for c in LANGUAGES]


def test_no_template_breaks_the_content_security_policy() -> None:
    """No inline style or script, no handler in an attribute, nothing loaded from elsewhere."""
    forbidden = re.compile(
        r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|"
        r"<(?:script|img|iframe|use|image)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//|url\(|\sdata:"
    )
    found = [
        f"{file.relative_to(settings.ROOT)}: {match[0]}"
        for file in sorted(Path(settings.ROOT, "templates").rglob("*.html"))
        for match in forbidden.finditer(
            re.sub(r"{[{%#].*?[}%#]}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        )
    ]
    assert found == []


class Example(forms.Form):
    text = forms.CharField(label="Text", help_text="In your words", widget=forms.Textarea)
    kind = forms.ChoiceField(label="Kind", choices=[("water", "Water"), ("roads", "Roads")], widget=forms.RadioSelect)
    also = forms.MultipleChoiceField(
        label="Also", choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple, required=False
    )
    town = forms.ChoiceField(label="Town", choices=[("", "-"), ("rudny", "Rudny")])
    email = forms.EmailField(label="E-mail", required=False)
    photo = forms.FileField(label="Photo", required=False)
    agree = forms.BooleanField(label="I agree")
    ticket = forms.CharField(widget=forms.HiddenInput, initial="x")


FORM = '{{ form_page(form, csrf="<token>"|safe, button="Go") }}'


def test_every_error_stands_in_the_summary_and_leads_to_its_field() -> None:
    form = Example({"kind": "gas", "also": ["a"], "email": "nobody", "ticket": "x"})
    html = render(FORM, "/en/", form=form)
    targets = re.findall(r'<li><a href="#([\w-]+)">', html)
    assert targets == ["id_text", "id_kind_0", "id_town", "id_email", "id_agree"]
    assert [target for target in targets if f'id="{target}"' not in html] == []


def test_hints_and_errors_are_tied_to_their_fields_and_what_was_typed_stays() -> None:
    form = Example({"text": "", "kind": "roads", "also": ["b"], "email": "no<body", "ticket": "x"})
    html = render(FORM, "/en/", form=form)
    named = {name for names in re.findall(r'aria-describedby="([^"]+)"', html) for name in names.split()}
    assert named == {"id_text_helptext", "id_text_error", "id_town_error", "id_email_error", "id_agree_error"}
    assert [name for name in named if f'id="{name}"' not in html] == []
    assert 'value="no&lt;body"' in html
    assert re.findall(r'value="(\w+)" id="\w+" checked', html) == ["roads", "b"]


def test_a_form_names_what_is_optional_and_can_carry_files() -> None:
    html = render(FORM, "/en/", form=Example())
    assert re.findall(r"(\w[\w-]*) <span class=\"optional\">", html) == ["Also", "E-mail", "Photo"]
    assert 'enctype="multipart/form-data"' in html
    assert html.count("<token>") == 1
    assert "errors-title" not in html


def test_the_chain_shows_each_link_with_its_date_and_state_in_words() -> None:
    states = ("ok", "wait", "no", "late", "plain")
    links = [
        {"label": f"L{i}", "title": f"T{i}", "url": f"/{i}", "date": f"D{i}", "state": state, "state_text": f"S{i}"}
        for i, state in enumerate(states)
    ]
    html = render("{{ chain(links, level=3) }}", links=links)
    assert re.findall(r'<li class="link (\w+)">', html) == list(states)
    assert re.findall(r'<p class="link-date">(\w+)</p>', html) == [f"D{i}" for i in range(5)]
    assert re.findall(r'<span class="badge (\w+)">(\w+)</span>', html) == [(s, f"S{i}") for i, s in enumerate(states)]
    assert re.findall(r'<h3 class="link-title"><a href="(/\d)">(T\d)</a></h3>', html) == [
        (f"/{i}", f"T{i}") for i in range(5)
    ]
    assert html.count("<svg") == 4, "a link that has not begun carries no mark"


def test_a_house_has_six_beams_however_many_states_are_known() -> None:
    beams = re.findall(r'<path class="(\w+)"', render('{{ house(["ok", "late"], "1 of 6") }}'))
    assert beams == ["ok", "late", "plain", "plain", "plain", "plain"]


def test_a_suppressed_figure_draws_no_point() -> None:
    rows = [{"label": "A", "value": "47%", "share": 0.47, "low": 0.4, "high": 0.5}, {"label": "B", "value": "few"}]
    html = render("{{ intervals(rows) }}", rows=rows)
    assert re.findall(r'<circle class="dot" cx="([\d.]+)%"', html) == ["47.0"]


def test_a_meter_never_draws_beyond_its_end() -> None:
    html = render('{{ meter(given=1.4, spent=2, text="x") }}')
    assert re.findall(r'<rect class="(?:given|spent)" width="([\d.]+)%"', html) == ["100", "100"]


def test_names_from_people_are_escaped_in_every_component() -> None:
    evil = '<img src=x onerror="1">'
    html = render(
        "{{ badge(x) }}{{ notice(x, title=x) }}{{ card(x, meta=x, badge_text=x) }}{{ facts([(x, x, x)]) }}"
        "{{ figures([(x, x, x)]) }}{{ breadcrumbs([(x, '')]) }}{{ empty(x, x) }}{{ house(['ok'], x) }}"
        "{{ plan([x] * 6) }}{{ progress(1, 2, x) }}{{ bars([{'label': x, 'value': x, 'share': 1}]) }}"
        "{% call table(x, 't') %}{% endcall %}",
        x=evil,
    )
    assert "<img" not in html
    assert html.count("&lt;img") == 32


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_pages_say_what_happened_and_where_to_go(name: str, language: str) -> None:
    request = RequestFactory().get(f"/{language}/nowhere/")
    with translation.override(language):
        html = engines["jinja2"].get_template(f"errors/{name}.html").render({"message": "Because."}, request)
    assert html.count("<h1>") == 1
    assert '<meta name="robots" content="noindex">' in html
    assert f'href="/{language}/' in html


def test_the_page_for_our_own_failure_needs_no_address_and_no_catalogue() -> None:
    class NoRoutes:
        urlpatterns: list[URLResolver] = []

    with override_settings(ROOT_URLCONF=NoRoutes), translation.override(None):
        html = engines["jinja2"].get_template("errors/500.html").render()
    assert re.findall(r'<section lang="(\w\w)">', html) == list(LANGUAGES)
