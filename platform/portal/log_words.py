"""The sentences with which a proof is told, by the browser that checks it and by the server for whoever has no scripts.

Gaps stand in braces. Nothing here may promise more than mathematics shows: what stays open is said too.
"""

from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.formats import date_long
from funds.ledger.states import AccountCode
from funds.ledger.states import Kind as LedgerKind
from transparency.states import Kind as EntryKind

FAULTS: Final[dict[str, Promise]] = {
    "too_long": _("The file is too long for a proof. Choose the file whose name ends in .tlog-proof."),
    "no_proof": _("This is not a proof. Choose the file whose name ends in .tlog-proof, unchanged as you got it."),
    "other_version": _("The proof is written in a form that this page does not know. Ask for a new one."),
    "cut_off": _("The file is not whole: its end is missing. Load it once more."),
    "broken": _("The file is damaged: a part of it cannot be read. Load it once more."),
    "no_entry": _("The file does not hold the booked line itself, so that it cannot be compared with anything."),
    "no_words": _("The file's numbers are right, but its line is none that we know how to read out."),
    "other_log": _("The proof comes from a log that this site does not know: {origin}"),
    "no_signature": _("The log has not signed this: its signature is missing. Log: {origin}"),
    "wrong_signature": _("The log's signature is wrong: this was not signed by the log it names. Log: {origin}"),
    "changed": _("The line was changed after it was sealed, or it never stood at this place. Do not trust this file."),
    "wrong_witness": _("The signature of a witness is wrong. Witness: {name}"),
    "wrong_opening": _("What the file tells about a person is not what was booked. Field: {field}"),
    "old_browser": _("This browser is too old for the link. Load the proof as a file and choose it here."),
    "unknown": _("This browser cannot check the proof. Try another browser, or one of the other ways below."),
}

_VERDICTS: Final[dict[str, Promise]] = {
    "verdict_ok": _("The proof holds, and witnesses confirm it"),
    "verdict_ok_more": _("This line is booked as it stands here. Nobody can change it without every copy noticing."),
    "verdict_alone": _("The proof holds. Too few witnesses have confirmed it yet"),
    "verdict_alone_more": _(
        "The log has signed this line as it stands here. Whether others see the same log, witnesses will confirm."
    ),
    "verdict_fork": _("Two different logs are shown. Keep this file and tell others"),
    "verdict_fork_more": _(
        "The file is signed by the log, and so is what this page was loaded with: the same size, another content."
        " One of the two is false."
    ),
    "verdict_no": _("This proves nothing"),
    "title_shown": _("What this shows"),
    "proved_line": _("This line is number {index} of {size} in the log. Town: {town}"),
    "proved_signed": _("The log's own key has signed that. Town: {town}"),
    "proved_seen": _("A witness has seen the same. Witness: {name}, {time}"),
    "proved_opened": _("The personal details shown are the ones that were sealed with the line."),
    "title_open": _("What this does not show"),
    "open_goods": _("That the money did good, or that the goods arrived. For that, look at invoice and photo."),
    "open_later": _("What was booked later: a line after number {size} may take this one back."),
    "open_quorum": _("Nothing else is open about the log: enough witnesses have seen the same one."),
    "open_house": _(
        "That everybody is shown the same log: the witnesses so far run on the same server as the log."
        " They notice a change, but not a server that lies to all."
    ),
    "open_few": _("That everybody is shown the same log: fewer witnesses have confirmed than are needed."),
    "open_alone": _("That everybody is shown the same log: no witness has confirmed this state yet."),
    "open_missing": _("Not heard from: {names}"),
    "title_ended": _("The log of this proof was ended"),
    "ended_when": _(
        "This log was ended on {at}: the site's database had been restored from a backup that was too old."
    ),
    "ended_what": _("It had signed {size} lines. {kept} of them are known to go on in the log that follows: {next}"),
    "ended_lost": _(
        "This line is not among those. Your file is the proof that it was signed: keep it, and show it to the town."
    ),
    "no_camera": _("No code was seen. Allow the camera, or choose a photo of the code."),
    "no_code": _("No code was found in this picture. Take the photo straight from above, with good light."),
}

_WORDS: Final[dict[str, Promise]] = {
    "sum": _("Sum"),
    "date": _("Date"),
    "number": _("Number in the ledger"),
    "memo": _("Note"),
    "reverses": _("Reverses line"),
    "project": _("Project"),
    "open_project": _("Open the project (needs a connection)"),
    "town": _("Town"),
    "booked": _("Booked at"),
    "opened": _("Sealed with the line; the file opens it"),
    "sealed": _("Sealed and not opened here"),
    "lines": _("Double entry"),
    "account": _("Account"),
    "debit": _("Debit"),
    "credit": _("Credit"),
    "after": _("Balance after"),
    "ends": _("Period ends"),
    "last_seq": _("Last line"),
    "fund": _("Fund"),
    "kind": _("Kind"),
    "id": _("Identifier"),
    "ended": _("Log that was ended"),
    "next": _("Log that goes on"),
    "signed": _("Lines that it had signed"),
    "kept": _("Lines of it that are known to go on"),
    "held": _("Lines in the database then"),
    "root": _("Stamp (root)"),
    "generation": _("Which log of the town"),
    "statement": _("Signed statement"),
}

_FIELDS: Final[dict[str, Promise]] = {
    "donor": _("Giver's name"),
    "name": _("Name"),
    "message": _("Message"),
    "reason": _("Reason"),
    "memo": _("Note"),
}

_SAMPLE_YEAR, _SAMPLE_DAY = 2222, 28  # written by no month's name


def _months(language: str) -> dict[str, str]:
    """Each month's long date with gaps for day and year, so that the browser writes dates as the site does."""
    samples = {month: date_long(date(_SAMPLE_YEAR, month, _SAMPLE_DAY), language) for month in range(1, 13)}
    return {
        f"month:{month}": text.replace(str(_SAMPLE_YEAR), "{year}").replace(str(_SAMPLE_DAY), "{day}")
        for month, text in samples.items()
    }


def sentences(*, language: str) -> dict[str, str]:
    """Everything that the browser may have to say, by name, in the active language (which `language` names)."""
    found: dict[str, object] = {f"fault_{code}": text for code, text in FAULTS.items()}
    found |= _VERDICTS
    for prefix, words in (("word", _WORDS), ("field", _FIELDS)):
        found |= {f"{prefix}:{name}": text for name, text in words.items()}
    found |= {f"type:{kind.value}": kind.label for kind in EntryKind}
    found |= {f"kind:{kind.value}": kind.label for kind in LedgerKind}
    found |= {f"account:{code.value}": code.label for code in AccountCode}
    return {name: str(text) for name, text in found.items()} | _months(language)
