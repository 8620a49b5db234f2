"""Whom the person trusts: keys from the command line, from a file of keys, or from a policy file.

A key proves only as much as the way on which it came. Must never take a key from the thing that is being checked
without saying so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from asar.findings import UnreadableError
from asar.reading import read
from transparency.rules.encoding import plain_text
from transparency.rules.notes import COSIGNATURE, ED25519, VerifierKey
from transparency.rules.policies import LONGEST_POLICY, Policy, parse_policy
from transparency.rules.refusals import RefusedError


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys of logs, keys of witnesses, and the policy if there is one. `own_word`: the site itself named the keys."""

    logs: tuple[VerifierKey, ...] = ()
    witnesses: tuple[VerifierKey, ...] = ()
    policy: Policy | None = None
    own_word: bool = False

    @property
    def empty(self) -> bool:
        """Whether no log is trusted at all."""
        return not self.logs


def from_vkeys(texts: Sequence[str]) -> Trust:
    """Trust in these keys, each for the use that is written in it."""
    keys = tuple(VerifierKey.parse(text) for text in texts)
    return Trust(
        logs=tuple(key for key in keys if key.algorithm == ED25519),
        witnesses=tuple(key for key in keys if key.algorithm == COSIGNATURE),
    )


def from_policy(data: bytes, *, own_word: bool = False) -> Trust:
    """Trust as a policy file says."""
    policy = parse_policy(data)
    return Trust(
        logs=tuple(known.key for known in policy.logs),
        witnesses=tuple(known.key for known in policy.witnesses.values()),
        policy=policy,
        own_word=own_word,
    )


def chosen(*, key: Sequence[str] = (), keys: str | None = None, policy: str | None = None) -> Trust:
    """What the command line asks for. A key or a policy that cannot be read is wrong usage."""
    try:
        if policy is not None:
            return from_policy(read(policy, most=LONGEST_POLICY))
        texts = list(key)
        if keys is not None:
            text = plain_text(read(keys, most=LONGEST_POLICY), most=LONGEST_POLICY, what="the file of keys")
            lines = [line.strip() for line in text.split("\n")]
            texts += [line for line in lines if line and not line.startswith("#")]
        return from_vkeys(texts)
    except RefusedError as error:
        raise UnreadableError(f"the keys cannot be used: {error}") from error
