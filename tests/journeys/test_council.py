"""The council: a need is answered, decided on by roll call, becomes a project, and the town's page shows it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NEED = "Балалар дәрігеріне екі апта күтеміз"
ANSWER = "Кеңес емхана басшысын шақырып, екінші дәрігерді іздейді."
TITLE = "Екінші балалар дәрігеріне пәтер жалдау"


def test_from_a_need_to_an_open_project(reader: Callable[..., Reader], books: Books) -> None:
    secretary = reader("kk")
    page = secretary.page
    secretary.enter("secretary")
    secretary.look("secretary-my-page")

    # The need is answered: with a reason and in words if refused, and the answer stands for good.
    secretary.follow("needs/tekeli/triage/")
    secretary.look("triage", judge=True)
    page.locator("main article a").filter(has_text=NEED).click()
    secretary.arrive("needs/need/*/answer/")
    secretary.look("answer")
    secretary.choose("verdict", "refuse")
    secretary.fill_in({"answer": ANSWER})
    secretary.send(status=422)
    secretary.look("answer-refused", judge=True)
    expect(page.locator("#errors a[href='#id_reason']")).to_be_visible()
    expect(secretary.field("answer")).to_have_value(ANSWER)
    secretary.choose("verdict", "accept")
    secretary.send()
    secretary.arrive("needs/tekeli/triage/")
    expect(page.locator("main article a").filter(has_text=NEED)).to_have_count(0)

    # The decision: every member's vote is named, an interest too; the outcome is worked out.
    secretary.open("me/")
    secretary.follow("decisions/tekeli/")
    secretary.look("decisions")
    secretary.open("me/")
    secretary.follow("towns/tekeli/waiting/")
    secretary.look("what-waits-for-the-secretary", judge=True)
    page.locator("main a[href$='/new/']").filter(has_text=NEED).click()
    secretary.arrive("decisions/need/*/new/")
    votes = page.locator("main select[name^=vote_]")
    expect(votes).to_have_count(5)
    secretary.fill_in({"title": TITLE, "text": "Пәтерді қор ақшасына бір жылға жалдау."})
    for place, choice in enumerate(("for", "for", "against", "recused", "for")):
        votes.nth(place).select_option(choice)
    secretary.send(status=422)  # whoever steps aside says why
    secretary.look("decision-refused", judge=True)
    interest = page.locator("main [name^=interest_]").nth(3)
    interest.fill("Demo Su Qubyry LLP")
    secretary.send()
    secretary.arrive("decisions/decision/*/")
    decision = secretary.at
    secretary.says(TITLE)
    expect(page.locator("main .badge").first).to_have_text(words("kk", "adopted"))
    secretary.look("decision", judge=True)

    # The project: from what waits for her, where decisions wait for theirs.
    secretary.open("me/")
    secretary.follow("towns/tekeli/waiting/")
    secretary.look("a-decision-waits-for-its-project", judge=True)
    secretary.follow(f"projects/decision/{decision}/open/")
    secretary.look("project-form")
    expect(secretary.field("title")).to_have_value(TITLE)
    secretary.fill_in({"summary": "Бір бөлмелі пәтер, 2027 жылдың соңына дейін.", "goal": "1 440 000"})
    secretary.send()
    secretary.arrive("projects/project/*/")
    project = secretary.at
    secretary.look("project-opened", judge=True)

    # Everybody sees it on the town's page, and the chain of the need has three whole links.
    citizen = reader("ru")
    citizen.open("towns/tekeli/")
    expect(citizen.page.locator(f"main a[href='/ru/projects/project/{project}/']").first).to_contain_text(TITLE)
    citizen.follow(f"projects/project/{project}/")
    citizen.follow("chain/*/")
    expect(citizen.page.locator("main .link.ok")).to_have_count(3)
    citizen.look("chain-of-a-new-project", judge=True)

    assert books.rows(
        "SELECT n.state, n.answer, d.in_favour, d.against, d.recused, d.outcome, p.goal_minor FROM projects_project p"
        " JOIN meetings_decision d ON d.id = p.decision_id JOIN needs_need n ON n.id = d.need_id WHERE p.id = %s",
        project,
    ) == [("accepted", ANSWER, 3, 1, 1, "adopted", 1_440_000_00)]
