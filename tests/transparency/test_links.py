"""A proof as the part of a link: it comes back byte for byte, and whatever is not whole is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.rules.links import MARK, from_base41, from_link, to_base41, to_link
from transparency.rules.proofs import Extra, Opening, ProofFile, format_extra
from transparency.rules.refusals import FormatError

NOTE = "asar.example/l\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n— asar.example/l x08go\n".encode()


def a_file(*, hashes: int = 20, openings: tuple[Opening, ...] = ()) -> ProofFile:
    entry = '{"memo":"Күл, \\"зат\\"","type":"transaction","v":1}'.encode()
    proof = tuple(bytes([n]) * 32 for n in range(hashes))
    return ProofFile(index=12, proof=proof, checkpoint=NOTE, extra=format_extra(Extra(entry=entry, openings=openings)))


@given(st.binary(max_size=300))
def test_base_41_comes_back(data: bytes) -> None:
    written = to_base41(data)
    assert from_base41(written) == data
    assert len(written) == len(data) // 2 * 3 + len(data) % 2 * 2


@pytest.mark.parametrize("text", ["A", "AAAA", "a00", "//", "///", "0 0"])
def test_what_no_bytes_are_written_as_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        from_base41(text)


@pytest.mark.parametrize("hashes", [0, 1, 20, 63])
@pytest.mark.parametrize("openings", [(), (Opening("donor", "a2V5", "Айгүл {«;}"), Opening("z", "", ""))])
def test_a_file_comes_back(hashes: int, openings: tuple[Opening, ...]) -> None:
    file = a_file(hashes=hashes, openings=openings)
    link = to_link(file)
    assert link.startswith(MARK)
    assert from_link(link) == file


def test_a_link_that_is_not_whole_is_refused() -> None:
    link = to_link(a_file())
    for broken in ("", MARK, link[2:], link[:-3], link[:100], MARK + to_base41(b"\x03nothing deflated")):
        with pytest.raises(FormatError):
            from_link(broken)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes(data: bytes) -> None:
    with pytest.raises(FormatError):
        from_link(MARK + to_base41(data))
