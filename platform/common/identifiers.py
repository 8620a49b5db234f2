"""Kazakhstan's identification numbers (IIN of a person, BIN of an organisation): twelve digits, the last a check digit.

Nothing about a person may be read from the digits, and a person's number is never stored in the clear.
"""

_LENGTH = 12
_TEN = 10


def number_is_valid(number: str) -> bool:
    """True for twelve digits with a right check digit.

    Weights 1..11 modulo 11; if that gives 10, weights 3..11,1,2; if 10 again, the number does not exist
    (order of the Minister of Justice on the register of identification numbers).
    """
    if len(number) != _LENGTH or not (number.isascii() and number.isdigit()):
        return False
    digits = [int(c) for c in number]
    check = sum(d * w for d, w in zip(digits, range(1, 12), strict=False)) % 11
    if check == _TEN:
        check = sum(d * w for d, w in zip(digits, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2], strict=False)) % 11
    return check != _TEN and check == digits[-1]
