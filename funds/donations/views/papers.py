"""The receipt as a PDF: what its page says, on one sheet, in the language of the address.

The same facts give the same bytes, so nothing here may say when it was asked for. The address is the key.
"""

import base64
import io
from typing import Any, Final

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.formats import date_long, date_time, money
from common.http import too_many_requests
from common.money import Money
from common.pace import HOUR, may_go_on
from common.pdf import render as render_pdf
from funds.donations.queries import receipts as queries
from funds.donations.queries.receipts import Receipt
from funds.donations.states import DonorKind, Method
from transparency.queries import log_url
from transparency.queries.seals import proof_link
from transparency.rules.pictures import qr_picture

PAPERS_AN_HOUR: Final = 60
_ROWS_BACK: Final = 4


def may_have_paper(request: HttpRequest) -> bool:
    """A PDF costs a process of its own: 60 an hour from one network."""
    return may_go_on(request, purpose="donations.paper", at_most=PAPERS_AN_HOUR, seconds=HOUR)


def private(answer: HttpResponse) -> HttpResponse:
    """What only the holder of a secret address may read: neither found nor passed on by a machine."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def pdf_file(name: str, made: bytes) -> HttpResponse:
    """A PDF to be kept, from an address that is a secret."""
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return private(answer)


@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, receipt_code: str) -> HttpResponse:
    """The receipt of a received gift, at once, also while it waits for its line of the ledger. 404 before."""
    gift = queries.received_gift(receipt_code=receipt_code)
    if not may_have_paper(request):
        return too_many_requests(request)
    receipt = queries.receipt_of(gift)
    made = render_pdf("receipt", receipt_data(receipt, _language()), dated=receipt.as_of)
    return pdf_file(f"{receipt.number}-{_language()}", made)


def receipt_data(receipt: Receipt, language: str) -> dict[str, Any]:
    """What templates/pdf/receipt.typ shows, in the language that is active, which `language` names."""
    gift, town = receipt.gift, receipt.gift.fund.town
    return {
        "language": language,
        "title": _("Receipt for a gift"),
        "issuer": gift.fund.legal_entity,
        "subject": _("Community foundation. Town: %(town)s") % {"town": town.name_in(language)},
        "lead": _taken_back(receipt, language) or _("Thank you. Your gift has arrived."),
        "amount": _money(receipt.amount),
        "facts": [_fact(*row) for row in (*_who(receipt, language), *_money_rows(receipt))],
        "returned_title": _("Gift taken back") if receipt.taken_back else _("Given back"),
        "returned": [_fact(*row) for row in _returned(receipt, language)],
        "ledger_title": _("In the public ledger"),
        "ledger": [_fact(*row) for row in _ledger_rows(receipt, language)],
        "code": _code(receipt),
        "notes": [settings.RECEIPT_TAX_NOTE or _("This receipt confirms the gift. It promises no tax relief.")],
        "footer": _("%(number)s. As of %(moment)s, Kazakhstan time.")
        % {"number": receipt.number, "moment": date_time(receipt.as_of, language)},
    }


def _taken_back(receipt: Receipt, language: str) -> str:
    if receipt.taken_back is None:
        return ""
    return _("This gift was taken back on %(day)s. It does not count as a gift any more.") % {
        "day": date_long(receipt.taken_back, language)
    }


Row = tuple[str, str, str]


def _fact(label: str, value: str, note: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _who(receipt: Receipt, language: str) -> list[Row]:
    gift = receipt.gift
    shown = gift.donor_name if gift.name_public and gift.donor_name else _("Anonymous")
    company = _("Company, BIN %(bin)s") % {"bin": gift.company_bin} if gift.company_bin else ""
    if gift.donor_kind == DonorKind.COMPANY and not company:
        company = str(DonorKind.COMPANY.label)
    rows = [
        (_("Receipt number"), receipt.number, ""),
        (
            _("From"),
            gift.donor_name or _("No name given"),
            ". ".join(part for part in (company, _("In public: %(name)s") % {"name": shown}) if part),
        ),
        (_("Received by"), gift.fund.legal_entity, ""),
        (_("Date"), date_long(gift.succeeded_at, language) if gift.succeeded_at else "", ""),
        (_("Way"), str(Method(gift.method).label), ""),
        (_("For"), queries.purpose_of(gift), ""),
    ]
    if settings.RECEIPT_ISSUER and gift.method == Method.CARD:
        rows.insert(3, (_("Card payment taken by"), settings.RECEIPT_ISSUER, _("for the body named above")))
    return rows


def _money_rows(receipt: Receipt) -> list[Row]:
    rows: list[Row] = []
    if receipt.covered is not None:
        rows.append((_("Of it for the card service's fee, about"), _money(receipt.covered), _("You covered the fee.")))
    if receipt.settled is not None:
        rate = receipt.gift.exchange_rate
        # Twelve decimals are kept; zeros at their end say nothing.
        note = _("Rate: %(rate)s") % {"rate": f"{rate.normalize():f}"} if rate is not None else ""
        rows.append((_("Exchanged by the card service"), _money(receipt.settled), note))
    if receipt.gift.method == Method.CARD:
        if receipt.fee is None or receipt.arrives is None:
            later = _("The card service tells it later; it will stand here and in the ledger.")
            rows.append((_("Kept by the card service"), _("Not known yet"), later))
        else:
            rows.append((_("Kept by the card service"), _money(receipt.fee), _("Fee as really charged")))
            rows.append((_("Arrives for the town"), _money(receipt.arrives), ""))
    return rows


def _returned(receipt: Receipt, language: str) -> list[Row]:
    """A row for each part that went back; more than four are told as sums, so that the sheet stays one."""
    if len(receipt.back) <= _ROWS_BACK:
        return [(date_long(one.at, language), _money(one.amount), one.words.capitalize()) for one in receipt.back]
    sums: dict[str, list[Money]] = {}
    for one in receipt.back:
        sums.setdefault(one.words.capitalize(), []).append(one.amount)
    return [
        (
            words,
            money(sum(amount.minor for amount in parts), parts[0].currency),
            _("Parts: %(count)d") % {"count": len(parts)},
        )
        for words, parts in sums.items()
    ]


def _ledger_rows(receipt: Receipt, language: str) -> list[Row]:
    town = receipt.gift.fund.town
    if receipt.line is None:
        waits = _(
            "The gift has arrived and waits to be booked together with others, so that nobody can tell whose it is."
        )
        return [(_("Line"), _("Not booked yet"), waits)]
    address = settings.SITE_URL + reverse("ledger:transaction", args=[town.slug, receipt.line.seq])
    shared = ""
    if receipt.together > 1:
        shared = ngettext(
            "Booked together with %(count)d other gift without a public name",
            "Booked together with %(count)d other gifts without a public name",
            receipt.together - 1,
        ) % {"count": receipt.together - 1}
    if receipt.mirror is not None:
        shared = _("Reversed by line %(line)s") % {"line": f"{town.slug}-{receipt.mirror.seq}"}
    rows = [(_("Line"), f"{town.slug}-{receipt.line.seq}", shared), (_("To look it up"), address, "")]
    if receipt.checkpoint is None:
        rows.append((_("Checkpoint"), _("Will be signed within seconds"), ""))
    else:
        root = base64.b64encode(receipt.checkpoint.root).decode()
        signed = _("Signed: %(moment)s") % {"moment": date_time(receipt.checkpoint.signed_at, language)}
        rows.append((_("Checkpoint"), f"{receipt.checkpoint.size} {root}", signed))
    return rows


def _code(receipt: Receipt) -> dict[str, str]:
    """The proof as the receipt's page makes it, but towards a checkpoint that stays; else the receipt's own address."""
    gift, slug = receipt.gift, receipt.gift.fund.town.slug
    verify = settings.SITE_URL + reverse("portal:verify")
    if receipt.line is None or receipt.checkpoint is None:
        own = settings.SITE_URL + reverse("donations:receipt", args=[gift.receipt_code])
        words = _("The address of this receipt. Keep it to yourself: whoever has it can read the receipt.")
        return {"svg": _plain_code(own), "words": words, "address": own}
    index = receipt.line.log_index
    link = proof_link(slug=slug, index=index, with_openings=True, fields=receipt.fields, lasting=True)
    picture = qr_picture(page=verify, link=link, file=f"{log_url(slug)}/proof/{index}.tlog-proof")
    words = _("The proof of your line. Point a camera at it: your own browser checks it, without asking us.")
    return {"svg": picture.decode(), "words": words, "address": verify}


def _plain_code(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=4, dark="#000", light="#fff")
    return out.getvalue().decode()


def _money(amount: Money) -> str:
    return money(amount.minor, amount.currency)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
