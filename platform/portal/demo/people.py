"""The people of the demo town: one of each role, and those a council needs. They exist in development alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.states import Role

TOWN = "tekeli"
NEIGHBOURS = ("rudny", "satpayev")  # two more funds, whose logs are witnesses of the first
DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`key` names the person in addresses and tests; `role` is None for a donor, who needs none."""

    key: str
    name: str
    role: Role | None
    does: Promise
    everywhere: bool = False
    shown: bool = True

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("resident", "Айгүл Серікқызы", Role.RESIDENT, _("files a need and answers the survey")),
    DemoPerson("donor", "Dmitri Weber", None, _("left the town and gives from Germany")),
    DemoPerson("helper", "Нина Петрова", Role.HELPER, _("files needs for people without a telephone")),
    DemoPerson("chair", "Ербол Ахметов", Role.CHAIR, _("leads the council")),
    DemoPerson("secretary", "Марина Ким", Role.SECRETARY, _("records decisions, opens projects and surveys")),
    DemoPerson("councillor", "Бақытжан Омаров", Role.COUNCILLOR, _("answers needs and votes")),
    DemoPerson("councillor2", "Светлана Иванова", Role.COUNCILLOR, _("answers needs and votes"), shown=False),
    DemoPerson("councillor3", "Жанар Төлеген", Role.COUNCILLOR, _("answers needs and votes"), shown=False),
    DemoPerson("councillor4", "Виктор Шмидт", Role.COUNCILLOR, _("answers needs and votes"), shown=False),
    DemoPerson("treasurer", "Гүлнар Сейітова", Role.TREASURER, _("asks for payments and publishes their proof")),
    DemoPerson("approver", "Асхат Нұрлан", Role.APPROVER, _("approves spending")),
    DemoPerson("approver2", "Ольга Пак", Role.APPROVER, _("approves spending"), shown=True),
    DemoPerson("akimat", "Қайрат Бек", Role.AKIMAT, _("downloads the indicators of the town")),
    DemoPerson("enterprise", "Тимур Ли", Role.ENTERPRISE, _("speaks for the city-forming enterprise")),
    DemoPerson("moderator", "Лаура Есен", Role.MODERATOR, _("looks after what is published"), everywhere=True),
    DemoPerson("auditor", "Пётр Орлов", Role.AUDITOR, _("reads everything but identities"), everywhere=True),
    DemoPerson("administrator", "Сауле Мұрат", Role.ADMINISTRATOR, _("appoints people"), everywhere=True),
)
BY_KEY = {person.key: person for person in PEOPLE}
