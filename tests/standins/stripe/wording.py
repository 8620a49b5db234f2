"""What the hosted page says, in Russian, German and English, and which of them a session gets.

Stripe offers no Kazakh. Each text exists in every language; a missing one must NEVER show as a key.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wording:
    """All texts of the pages in one language; `declined` and `later` by the card's outcome."""

    language: str
    test: str
    explain: str
    pay: str
    donate: str
    email: str
    email_wrong: str
    card: str
    card_wrong: str
    cards: str
    number: str
    what_happens: str
    succeeds: str
    cancel: str
    back: str
    onward: str
    problem: str
    expired: str
    expired_why: str
    complete: str
    complete_why: str
    missing: str
    missing_why: str
    step: str
    step_why: str
    pass_step: str
    fail_step: str
    declined: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)

    def outcome(self, word: str) -> str:
        """What happens with a card whose outcome is this word."""
        return self.declined.get(word) or self.later.get(word) or self.succeeds


ENGLISH = Wording(
    language="en",
    test="TEST PAYMENT — no money moves",
    explain="This page stands in for Stripe while the site is tried out. Use one of the test cards below, never "
    "your own.",
    pay="Pay {amount}",
    donate="Donate {amount}",
    email="E-mail",
    email_wrong="Please write an e-mail address, for example name@example.com.",
    card="Test card number",
    card_wrong="This is not one of the test cards. Nothing was charged and nothing is kept. Please use a "
    "number from the list below.",
    cards="Test cards",
    number="Number",
    what_happens="What happens",
    succeeds="Payment succeeds",
    cancel="Cancel and go back",
    back="Back to the site",
    onward="Go on",
    problem="The payment did not go through",
    expired="This payment page has expired",
    expired_why="Nothing was charged. Please start again on the site.",
    complete="This payment is complete",
    complete_why="It was charged once. You need not do anything more.",
    missing="There is no such payment page",
    missing_why="Please check the address, or start again on the site.",
    step="Your bank asks for confirmation",
    step_why="This is a test of the step that many banks ask for. Nothing is sent to a bank.",
    pass_step="Authenticate",
    fail_step="Fail",
    declined={
        "generic_decline": "The card was declined.",
        "insufficient_funds": "The card has insufficient funds.",
        "lost_card": "The card was declined: it is reported lost.",
        "expired_card": "The card has expired.",
        "processing_error": "The card could not be processed. Please try again.",
        "authentication": "The bank's confirmation failed. Please try again or use another card.",
    },
    later={
        "first": "Payment succeeds after the bank's confirmation",
        "always": "The bank asks for confirmation every time",
        "renewal_fails": "The first payment succeeds, every renewal fails",
        "dispute": "Payment succeeds, then is disputed",
        "inquiry": "Payment succeeds, then the bank inquires",
        "warning": "Payment succeeds, then a warning of fraud comes",
        "refund_pending": "Payment succeeds, a refund takes time",
        "refund_fails": "Payment succeeds, a refund fails later",
        "arrives": "Bank debit in euro: arrives later",
        "bounces": "Bank debit in euro: is not paid",
    },
)

RUSSIAN = Wording(
    language="ru",
    test="ТЕСТОВЫЙ ПЛАТЁЖ — деньги не списываются",
    explain="Эта страница заменяет Stripe, пока сайт пробуют. Введите одну из тестовых карт ниже, а не свою.",
    pay="Оплатить {amount}",
    donate="Пожертвовать {amount}",
    email="Электронная почта",
    email_wrong="Напишите адрес электронной почты, например name@example.com.",
    card="Номер тестовой карты",
    card_wrong="Это не тестовая карта. Ничего не списано и не сохранено. Возьмите номер из списка ниже.",
    cards="Тестовые карты",
    number="Номер",
    what_happens="Что произойдёт",
    succeeds="Оплата пройдёт",
    cancel="Отменить и вернуться",
    back="Вернуться на сайт",
    onward="Дальше",
    problem="Оплата не прошла",
    expired="Срок этой страницы истёк",
    expired_why="Ничего не списано. Начните, пожалуйста, на сайте заново.",
    complete="Этот платёж завершён",
    complete_why="Сумма списана один раз. Больше ничего делать не нужно.",
    missing="Такой страницы оплаты нет",
    missing_why="Проверьте адрес или начните на сайте заново.",
    step="Банк просит подтверждения",
    step_why="Это проба шага, которого требуют многие банки. В банк ничего не отправляется.",
    pass_step="Подтвердить",
    fail_step="Не подтверждать",
    declined={
        "generic_decline": "Карта отклонена.",
        "insufficient_funds": "На карте недостаточно средств.",
        "lost_card": "Карта отклонена: она объявлена утерянной.",
        "expired_card": "Срок действия карты истёк.",
        "processing_error": "Не удалось обработать карту. Попробуйте ещё раз.",
        "authentication": "Банк не подтвердил оплату. Попробуйте ещё раз или возьмите другую карту.",
    },
    later={
        "first": "Оплата пройдёт после подтверждения банка",
        "always": "Банк просит подтверждения каждый раз",
        "renewal_fails": "Первая оплата пройдёт, продления — нет",
        "dispute": "Оплата пройдёт, затем будет оспорена",
        "inquiry": "Оплата пройдёт, затем банк сделает запрос",
        "warning": "Оплата пройдёт, затем придёт предупреждение о мошенничестве",
        "refund_pending": "Оплата пройдёт, возврат займёт время",
        "refund_fails": "Оплата пройдёт, возврат позже не удастся",
        "arrives": "Списание со счёта в евро: придёт позже",
        "bounces": "Списание со счёта в евро: не придёт",
    },
)

GERMAN = Wording(
    language="de",
    test="TESTZAHLUNG — es fließt kein Geld",
    explain="Diese Seite vertritt Stripe, solange die Website erprobt wird. Bitte eine Testkarte von unten verwenden, "
    "nie die eigene.",
    pay="{amount} zahlen",
    donate="{amount} spenden",
    email="E-Mail",
    email_wrong="Bitte eine E-Mail-Adresse angeben, zum Beispiel name@example.com.",
    card="Nummer der Testkarte",
    card_wrong="Das ist keine Testkarte. Es wurde nichts abgebucht und nichts gespeichert. Bitte eine Nummer aus der "
    "Liste unten nehmen.",
    cards="Testkarten",
    number="Nummer",
    what_happens="Was geschieht",
    succeeds="Zahlung gelingt",
    cancel="Abbrechen und zurück",
    back="Zurück zur Website",
    onward="Weiter",
    problem="Die Zahlung ist nicht durchgegangen",
    expired="Diese Zahlungsseite ist abgelaufen",
    expired_why="Es wurde nichts abgebucht. Bitte auf der Website neu beginnen.",
    complete="Diese Zahlung ist abgeschlossen",
    complete_why="Der Betrag wurde einmal abgebucht. Mehr ist nicht zu tun.",
    missing="Diese Zahlungsseite gibt es nicht",
    missing_why="Bitte die Adresse prüfen oder auf der Website neu beginnen.",
    step="Die Bank bittet um Bestätigung",
    step_why="Das ist eine Probe des Schritts, den viele Banken verlangen. Es geht nichts an eine Bank.",
    pass_step="Bestätigen",
    fail_step="Ablehnen",
    declined={
        "generic_decline": "Die Karte wurde abgelehnt.",
        "insufficient_funds": "Die Karte ist nicht ausreichend gedeckt.",
        "lost_card": "Die Karte wurde abgelehnt: Sie ist als verloren gemeldet.",
        "expired_card": "Die Karte ist abgelaufen.",
        "processing_error": "Die Karte konnte nicht verarbeitet werden. Bitte noch einmal versuchen.",
        "authentication": "Die Bank hat nicht bestätigt. Bitte noch einmal versuchen oder eine andere Karte nehmen.",
    },
    later={
        "first": "Zahlung gelingt nach der Bestätigung der Bank",
        "always": "Die Bank bittet jedes Mal um Bestätigung",
        "renewal_fails": "Die erste Zahlung gelingt, jede weitere nicht",
        "dispute": "Zahlung gelingt und wird dann angefochten",
        "inquiry": "Zahlung gelingt, dann fragt die Bank nach",
        "warning": "Zahlung gelingt, dann kommt eine Betrugswarnung",
        "refund_pending": "Zahlung gelingt, eine Erstattung braucht Zeit",
        "refund_fails": "Zahlung gelingt, eine Erstattung scheitert später",
        "arrives": "Lastschrift in Euro: kommt später an",
        "bounces": "Lastschrift in Euro: platzt",
    },
)

WORDINGS = {wording.language: wording for wording in (ENGLISH, RUSSIAN, GERMAN)}


def wording_for(locale: str | None, accept_language: str | None) -> Wording:
    """The session's locale when we have it; for `auto` the browser's first language that we have; else English."""
    if locale not in {None, "auto"}:
        return WORDINGS.get((locale or "").partition("-")[0], ENGLISH)
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((WORDINGS[language] for _, _, language in sorted(wishes) if language in WORDINGS), ENGLISH)
