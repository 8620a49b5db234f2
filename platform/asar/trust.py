"""Whom the person trusts: keys from the command line, from a file of keys, or from a policy file.

A key proves only as much as the way on which it came. Must never take a key from the thing that is being checked
without saying so.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from asar.findings import UnreadableError, plain
from asar.reading import is_address, read
from transparency.rules.encoding import plain_text
from transparency.rules.notes import COSIGNATURE, ED25519, VerifierKey
from transparency.rules.policies import LONGEST_POLICY, Policy, parse_policy
from transparency.rules.refusals import RefusedError

# Names that no site on the web has (RFC 6761, RFC 6762): a trial on somebody's own computer calls itself so.
_NOWHERE: Final = (".localhost", ".local", ".test", ".example", ".invalid")

ASK_FOR_THE_KEY: Final = (
    "This address shows no policy file. Ask the council for the key of its log, better by another way than this site,"
    " and give it with --key."
)


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


def where_keys_are(origin: str, *, target: str, what: str) -> list[str]:
    """What somebody without a key can do: where the keys of the log `origin` are found, and what to type then.

    `target` is what is being checked: an address tells where the site answers, whatever the log calls itself.
    """
    host, _slash, path = plain(origin).partition("/")
    nowhere = "." not in host or host.endswith(_NOWHERE)
    site = "{0.scheme}://{0.netloc}".format(urlsplit(target)) if is_address(target) else f"https://{host}"
    policy = f"{site}/{path}/policy"
    told = ["The keys of a log and of its witnesses are in its policy file, which the town's log page also links to."]
    if nowhere and not is_address(target):
        told.append(
            f"{host} is no address on the web: a trial site on somebody's own computer calls itself so. Its policy file"
            f" is at the address in your browser, such as http://127.0.0.1:8000/{path}/policy."
        )
        policy = "POLICY"
    typed = f"asar {what} {shlex.quote(target)} --policy {policy if policy == 'POLICY' else shlex.quote(policy)}"
    return [
        *told,
        f"Give the policy file, or its address, with --policy: {typed}",
        "Compare the key with one that others wrote down: who shows you a false log shows you its key too.",
    ]
