"""What the invoice page and the portal say, in Russian, German and English.

Each text exists in every language; a missing one must NEVER show as a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BillingWording:
    """All texts in one language; `states` by the status of an invoice or a subscription."""

    invoice: str
    confirm: str
    portal: str
    portal_why: str
    subscriptions: str
    nothing: str
    cancel: str
    ends: str
    keep: str
    card: str
    save_card: str
    card_saved: str
    invoices: str
    back: str
    states: Mapping[str, str]


BILLING: Mapping[str, BillingWording] = {
    "en": BillingWording(
        invoice="Invoice {number}",
        confirm="Confirm with your bank",
        portal="Your payments",
        portal_why="Here you can end a repeated payment, change the card and read your invoices.",
        subscriptions="Repeated payments",
        nothing="There is nothing here.",
        cancel="End at the end of the period",
        ends="It ends at the end of the period.",
        keep="Keep it after all",
        card="New test card",
        save_card="Save the card",
        card_saved="The card was saved.",
        invoices="Invoices",
        back="Back to the site",
        states={
            "draft": "This invoice is a draft.",
            "open": "To be paid",
            "paid": "This invoice is paid.",
            "uncollectible": "This invoice was given up.",
            "void": "This invoice is void.",
            "active": "Active",
            "past_due": "Not paid",
            "unpaid": "Not paid",
            "paused": "Paused",
            "canceled": "Ended",
        },
    ),
    "ru": BillingWording(
        invoice="Счёт {number}",
        confirm="Подтвердить в банке",
        portal="Ваши платежи",
        portal_why="Здесь можно прекратить регулярный платёж, сменить карту и посмотреть счета.",
        subscriptions="Регулярные платежи",
        nothing="Здесь пока ничего нет.",
        cancel="Прекратить в конце периода",
        ends="Прекратится в конце периода.",
        keep="Всё же оставить",
        card="Новая тестовая карта",
        save_card="Сохранить карту",
        card_saved="Карта сохранена.",
        invoices="Счета",
        back="Вернуться на сайт",
        states={
            "draft": "Этот счёт — черновик.",
            "open": "К оплате",
            "paid": "Этот счёт оплачен.",
            "uncollectible": "Этот счёт признан безнадёжным.",
            "void": "Этот счёт отменён.",
            "active": "Действует",
            "past_due": "Не оплачено",
            "unpaid": "Не оплачено",
            "paused": "Приостановлено",
            "canceled": "Прекращено",
        },
    ),
    "de": BillingWording(
        invoice="Rechnung {number}",
        confirm="Bei der Bank bestätigen",
        portal="Ihre Zahlungen",
        portal_why="Hier lassen sich wiederkehrende Zahlungen beenden, die Karte wechseln und Rechnungen ansehen.",
        subscriptions="Wiederkehrende Zahlungen",
        nothing="Hier ist nichts.",
        cancel="Zum Ende des Zeitraums beenden",
        ends="Endet zum Ende des Zeitraums.",
        keep="Doch behalten",
        card="Neue Testkarte",
        save_card="Karte speichern",
        card_saved="Die Karte ist gespeichert.",
        invoices="Rechnungen",
        back="Zurück zur Website",
        states={
            "draft": "Diese Rechnung ist ein Entwurf.",
            "open": "Zu zahlen",
            "paid": "Diese Rechnung ist bezahlt.",
            "uncollectible": "Diese Rechnung wurde aufgegeben.",
            "void": "Diese Rechnung ist storniert.",
            "active": "Aktiv",
            "past_due": "Nicht bezahlt",
            "unpaid": "Nicht bezahlt",
            "paused": "Pausiert",
            "canceled": "Beendet",
        },
    ),
}
