"""Policy files: the specification's own example, quorums, and every line that must be refused."""

from itertools import chain, combinations

import pytest

from transparency.rules.notes import COSIGNATURE, ED25519, VerifierKey
from transparency.rules.policies import format_policy, parse_policy
from transparency.rules.refusals import FormatError


def vkey(number: int, algorithm: int = COSIGNATURE) -> str:
    return VerifierKey(f"key.example/{number}", bytes([number]) * 32, algorithm).vkey


LOG = vkey(100, ED25519)
EXAMPLE = f"""
# the example of the specification
log {LOG} https://asar.example/log/temirtau/

witness X1 {vkey(1)}
witness X2 {vkey(2)} https://x2.example/
\twitness  X3 {vkey(3)}
group X-witnesses 2 X1 X2 X3

witness Y1 {vkey(4)}
witness Y2 {vkey(5)}
witness Y3 {vkey(6)}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
""".encode()
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")


def test_the_example_of_the_specification() -> None:
    policy = parse_policy(EXAMPLE)
    assert [known.key.vkey for known in policy.logs] == [LOG]
    assert policy.logs[0].url == "https://asar.example/log/temirtau/"
    assert (policy.witnesses["X2"].url, policy.witnesses["X1"].url) == ("https://x2.example/", "")
    for names in chain.from_iterable(combinations(NAMES, count) for count in range(7)):
        enough = sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
        assert policy.satisfied(names) == enough
    assert not policy.satisfied(("X-witnesses", "Y-witnesses", "X-and-Y", "none"))
    keys = [policy.witnesses["Y1"].key, policy.witnesses["X1"].key]
    assert policy.names_of(keys) == ("X1", "Y1")


def test_a_policy_reads_back() -> None:
    policy = parse_policy(EXAMPLE)
    assert parse_policy(format_policy(policy)) == policy


def test_no_quorum_at_all_and_a_single_witness() -> None:
    assert parse_policy(b"quorum none\n").satisfied(())
    single = parse_policy(f"witness W {vkey(1)}\nquorum W".encode())
    assert (single.satisfied(()), single.satisfied(("W",)), single.satisfied(("V",))) == (False, True, False)


W1, W2 = f"witness W1 {vkey(1)}\n", f"witness W2 {vkey(2)}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "quorum none\nquorum none\n",
        "quorum W1\n" + W1,
        "quorum X\n",
        "quorum\n",
        "quorum none more\n",
        "Quorum none\n",
        "quorum none\nsomething else\n",
        "quorum none\r\n",
        "quorum\x00none\n",
        "log\nquorum none\n",
        "log nonsense\nquorum none\n",
        f"log {LOG} a b\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {vkey(1)}\nquorum none\n",
        f"witness W1 {LOG}\nquorum none\n",
        W1 + W1 + "quorum W1\n",
        W1 + f"witness W2 {vkey(1)}\nquorum W1\n",
        f"witness none {vkey(1)}\nquorum none\n",
        f"witness {vkey(1)}\nquorum none\n",
        W1 + "group W1 any W1\nquorum W1\n",
        W1 + "group none any W1\nquorum none\n",
        W1 + "group G any\nquorum G\n",
        W1 + "group G any W2\nquorum G\n" + W2,
        W1 + "group G any G\nquorum G\n",
        W1 + "group G any none\nquorum G\n",
        W1 + "group G any W1 W1\nquorum G\n",
        W1 + W2 + "group G any W1\ngroup H any W1 W2\nquorum G\n",
        W1 + "group G 0 W1\nquorum G\n",
        W1 + "group G 2 W1\nquorum G\n",
        W1 + "group G 01 W1\nquorum G\n",
        W1 + "group G some W1\nquorum G\n",
        "#" * 300_000 + "\nquorum none\n",
    ],
)
def test_what_is_not_a_policy(text: str) -> None:
    with pytest.raises(FormatError):
        parse_policy(text.encode())


def test_names_are_bytes_and_may_be_any() -> None:
    data = b"witness \xff\xc3 " + vkey(1).encode() + b"\nquorum \xff\xc3\n"
    policy = parse_policy(data)
    assert format_policy(policy) == data
