"""Policy files (C2SP tlog-policy): which logs are trusted, which witnesses exist, and how many of them are enough.

Names are local to the file. A policy must never be read leniently: a line that is not understood refuses the whole.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from transparency.rules.encoding import decimal
from transparency.rules.notes import COSIGNATURE, ED25519, VerifierKey
from transparency.rules.refusals import FormatError

LONGEST_POLICY = 256 * 1024
MOST_NAMES = 1000
NONE = "none"
_PRINTABLE = frozenset(range(0x20, 0x7F)) | frozenset(range(0x80, 0x100)) | {0x09, 0x0A}


@dataclass(frozen=True, slots=True)
class Known:
    """A log or a witness: its key, its address if the file gives one, and the witness's name in this file."""

    key: VerifierKey
    url: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many (`threshold`) of these members, witnesses or groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says. `quorum` is the name of a witness or a group, or "none"."""

    logs: tuple[Known, ...]
    witnesses: dict[str, Known]
    groups: dict[str, Group]
    quorum: str

    def satisfied(self, names: Collection[str]) -> bool:
        """Whether the witnesses with these names are enough. Names that the file does not know count for nothing."""
        return self.quorum == NONE or self._holds(self.quorum, names)

    def _holds(self, name: str, names: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in self.witnesses and name in names
        return sum(self._holds(member, names) for member in group.members) >= group.threshold

    def names_of(self, keys: Collection[VerifierKey]) -> tuple[str, ...]:
        """The names in this file of the witnesses that hold these keys, in the file's order."""
        return tuple(name for name, known in self.witnesses.items() if known.key in keys)


@dataclass(slots=True)
class _Reading:
    logs: list[Known] = field(default_factory=list)
    witnesses: dict[str, Known] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    quorum: str = ""

    def _new(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise FormatError(f"the name {name} is taken")
        if len(self.witnesses) + len(self.groups) >= MOST_NAMES:
            raise FormatError("the policy names too many")
        return name

    def _known(self, text: str, algorithm: int, others: Collection[Known], url: str = "", name: str = "") -> Known:
        key = VerifierKey.parse(text)
        if key.algorithm != algorithm:
            raise FormatError(f"the key {key.name} is of another use: logs sign notes, witnesses cosign")
        if any(other.key.public == key.public for other in others):
            raise FormatError(f"the key {key.name} stands there twice")
        return Known(key=key, url=url, name=name)

    def log(self, key: str, url: str = "") -> None:
        self.logs.append(self._known(key, ED25519, self.logs, url))

    def witness(self, name: str, key: str, url: str = "") -> None:
        self.witnesses[self._new(name)] = self._known(key, COSIGNATURE, self.witnesses.values(), url, name)

    def group(self, name: str, how: str, *members: str) -> None:
        self._new(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise FormatError(f"the member {member} is not defined above")
            if member in self.used:
                raise FormatError(f"the member {member} already belongs to a group")
            self.used.add(member)
        words = {"all": len(members), "any": 1}
        threshold = words[how] if how in words else decimal(how, what="the number of a group")
        if not 1 <= threshold <= len(members):
            raise FormatError(f"the group {name} can never be complete")
        self.groups[name] = Group(threshold=threshold, members=members)

    def set_quorum(self, name: str) -> None:
        if self.quorum:
            raise FormatError("the policy has two quorums")
        if name != NONE and name not in self.witnesses and name not in self.groups:
            raise FormatError(f"the quorum {name} is not defined above")
        self.quorum = name


def parse_policy(data: bytes) -> Policy:
    """A policy file of at most 256 KiB. Refuses unknown words, undefined names, duplicate keys, two quorums or none."""
    if len(data) > LONGEST_POLICY or not _PRINTABLE.issuperset(data):
        raise FormatError("the policy is too long or holds a control character")
    reading = _Reading()
    verbs: dict[str, tuple[Callable[..., None], int, int]] = {
        "log": (reading.log, 1, 2),
        "witness": (reading.witness, 2, 3),
        "group": (reading.group, 3, MOST_NAMES),
        "quorum": (reading.set_quorum, 1, 1),
    }
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        verb, fewest, most = verbs.get(words[0], (None, 0, 0))
        if verb is None or not fewest <= len(words) - 1 <= most:
            raise FormatError(f"line {number} of the policy is not understood")
        verb(*words[1:])
    if not reading.quorum:
        raise FormatError("the policy has no quorum line")
    return Policy(logs=tuple(reading.logs), witnesses=reading.witnesses, groups=reading.groups, quorum=reading.quorum)


def format_policy(policy: Policy) -> bytes:
    """The policy as a file, definitions before their use."""
    lines = [_joined("log", known.key.vkey, known.url) for known in policy.logs]
    lines += [_joined("witness", name, known.key.vkey, known.url) for name, known in policy.witnesses.items()]
    lines += [_joined("group", name, str(one.threshold), *one.members) for name, one in policy.groups.items()]
    return "".join(f"{line}\n" for line in (*lines, f"quorum {policy.quorum}")).encode("utf-8", "surrogateescape")


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
