"""What can be said about witnesses: who saw a checkpoint, whether they are enough, and what follows when nobody did.

Must never count a witness that the person did not name.
"""

from datetime import UTC, datetime

from asar.findings import Finding, Report
from asar.trust import Trust
from transparency.rules.checkpoints import SignedCheckpoint

_YEAR_3000 = 32503680000


def _moment(at: int) -> str:
    if at >= _YEAR_3000:
        return f"Unix time {at}"
    return f"{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M} UTC"


def tell_witnesses(report: Report, signed: SignedCheckpoint, trust: Trust) -> None:
    """Add to the report what the cosignatures prove.

    A policy whose quorum is missed is a finding, unless the log itself published the policy.
    """
    seen = [f"{one.key.name} at {_moment(one.at)}" for one in signed.witnesses]
    if seen:
        report.proven.append(f"Witnesses saw it and nothing that disagrees: {', '.join(seen)}.")
    else:
        report.open.append("that everybody is shown the same log: no witness that you named has cosigned it.")
    if trust.policy is None:
        return
    names = trust.policy.names_of([one.key for one in signed.witnesses])
    if trust.policy.satisfied(names):
        if trust.policy.quorum != "none":
            report.proven.append(f"These witnesses are enough for the policy's quorum ({trust.policy.quorum}).")
    elif trust.own_word:
        report.open.append(f"the quorum of witnesses ({trust.policy.quorum}) that the log itself names: it is missing.")
    else:
        report.wrong.append(Finding(f"the witnesses are not enough for the policy's quorum ({trust.policy.quorum})"))
