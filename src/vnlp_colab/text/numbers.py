"""Numbers in figures to numbers in words.

A token is a number if it is written like one from end to end: a sign, digits that are either ungrouped or in
groups of three, a decimal part, an exponent. Anything else (dates, times, ``%25``, ``14.30'da``, ``inf``) is
no number and stays as it is. All arithmetic is on the digits, so nothing is lost to binary fractions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from vnlp_colab.errors import InputError
from vnlp_colab.text.checks import token_list

_ONES: Final = ("", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS: Final = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_HUNDRED: Final = "yüz"
_THOUSAND: Final = "bin"
_ZERO: Final = "sıfır"
_MINUS: Final = "eksi"
_POINT: Final = "virgül"

# Powers of a thousand, up to 10^63.
_POWERS: Final = (
    "",
    _THOUSAND,
    "milyon",
    "milyar",
    "trilyon",
    "katrilyon",
    "kentilyon",
    "sekstilyon",
    "septilyon",
    "oktilyon",
    "nonilyon",
    "desilyon",
    "undesilyon",
    "dodesilyon",
    "tredesilyon",
    "katordesilyon",
    "kendesilyon",
    "seksdesilyon",
    "septendesilyon",
    "oktodesilyon",
    "novemdesilyon",
    "vigintilyon",
)
_LONGEST: Final = 3 * len(_POWERS)
"""Digits of the longest number that has a name."""

# Beyond this many places no digit is left of a number that has a name.
_FARTHEST_SHIFT: Final = 1000

_SHAPE: Final = (
    r"(?P<sign>[+-]?)"
    r"(?P<whole>[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+|[1-9][0-9]{{0,2}}(?:_[0-9]{{3}})+|[0-9]+|(?={point}[0-9]))"
    r"(?:{point}(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
_NUMBER: Final = {
    ",": re.compile(_SHAPE.format(group=r"\.", point=",")),
    ".": re.compile(_SHAPE.format(group=",", point=r"\.")),
}


class _Number(NamedTuple):
    """A number as it is written: ``whole`` without leading zeros, ``fraction`` with all its zeros."""

    negative: bool
    whole: str
    fraction: str


def convert_numbers_to_words(tokens: Iterable[str], num_dec_digits: int = 6, decimal_seperator: str = ",") -> list[str]:
    """Write the tokens that are numbers in words.

    A decimal part is read as its leading zeros one by one and the rest as one number (``1,05`` as ``bir virgül
    sıfır beş``); one of zeros alone is left out.

    Args:
        tokens: Tokens.
        num_dec_digits: Digits after the separator; what is longer is rounded, half away from zero.
        decimal_seperator: ``","`` or ``"."``; the other one groups thousands.

    Returns:
        The tokens, a number as one token a word.

    Raises:
        InputError: If there is a figure in the tokens and the separator is neither, or if ``num_dec_digits`` is
            negative, or the tokens are no
            list of strings.
    """
    if not isinstance(num_dec_digits, int):
        raise InputError(f"num_dec_digits must be a whole number, not {type(num_dec_digits).__name__}")
    if num_dec_digits < 0:
        raise InputError(f"num_dec_digits is {num_dec_digits}; it counts digits, so it must be 0 or more")
    converted: list[str] = []
    for token in token_list(tokens):
        if token.isalpha() or not any(map(str.isnumeric, token)):
            converted.append(token)
            continue
        words = _token_words(token, num_dec_digits, decimal_seperator)
        converted += [token] if words is None else words
    return converted


def integer_to_words(number: int) -> str:
    """Write an integer in words, separated by spaces.

    Raises:
        InputError: If it has more digits than there are names for.
    """
    if abs(number) >= 10**_LONGEST:
        raise InputError(f"there are no names for numbers of more than {_LONGEST} digits")
    words = list(_cardinal(str(abs(number))))
    return " ".join([_MINUS, *words] if number < 0 else words)


def _token_words(token: str, digits: int, separator: str) -> list[str] | None:
    """Return the words of a token, ``None`` if it is no number that has a name."""
    pattern = _NUMBER.get(separator)
    if pattern is None:
        raise InputError(f"{separator!r} is not a valid decimal separator: use either '.' or ','")
    found = pattern.fullmatch(_ascii_digits(token.strip()))
    if found is None:
        return None
    number = _rounded(_read(found), digits)
    if len(number.whole) > _LONGEST or len(number.fraction.lstrip("0")) > _LONGEST:
        return None
    words = list(_cardinal(number.whole or "0"))
    significant = number.fraction.lstrip("0")
    if significant:
        words += [_POINT, *[_ZERO] * (len(number.fraction) - len(significant)), *_cardinal(significant)]
    elif not number.whole:
        return words
    return [_MINUS, *words] if number.negative else words


def _ascii_digits(token: str) -> str:
    """Write decimal digits of any script as ASCII."""
    if token.isascii():
        return token
    return "".join([str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in token])


def _read(found: re.Match[str]) -> _Number:
    """Take a matched token apart, and move the decimal separator as its exponent says."""
    whole = re.sub(r"\D", "", found["whole"])
    fraction = found["fraction"] or ""
    exponent = found["exponent"]
    if exponent is not None:
        places = _places(exponent)
        if places >= 0:
            fraction = fraction.ljust(places, "0")
            whole, fraction = whole + fraction[:places], fraction[places:]
        else:
            whole = whole.rjust(-places, "0")
            whole, fraction = whole[:places], whole[places:] + fraction
    return _Number(found["sign"] == "-", whole.lstrip("0"), fraction)


def _places(exponent: str) -> int:
    """Return the exponent, or one that is as good where it is beyond all names."""
    magnitude = exponent.lstrip("+-").lstrip("0")
    places = int(magnitude or "0") if len(magnitude) < 5 else _FARTHEST_SHIFT
    return (-1 if exponent[0] == "-" else 1) * min(places, _FARTHEST_SHIFT)


def _rounded(number: _Number, digits: int) -> _Number:
    """Cut the fraction to a number of digits; zeros that are written stay, zeros that rounding makes go."""
    negative, whole, fraction = number
    if len(fraction) <= digits:
        return number
    kept = list(whole + fraction[:digits])
    if fraction[digits] >= "5":
        place = len(kept) - 1
        while place >= 0 and kept[place] == "9":
            kept[place] = "0"
            place -= 1
        if place >= 0:
            kept[place] = str(int(kept[place]) + 1)
        else:
            kept.insert(0, "1")
    border = len(kept) - digits
    return _Number(negative, "".join(kept[:border]).lstrip("0"), "".join(kept[border:]).rstrip("0"))


def _cardinal(digits: str) -> Iterator[str]:
    """Yield the words of a number in digits."""
    digits = digits.lstrip("0")
    if not digits:
        yield _ZERO
    groups = (len(digits) + 2) // 3
    digits = digits.zfill(3 * groups)
    for index in range(groups):
        group = digits[3 * index : 3 * index + 3]
        power = _POWERS[groups - 1 - index]
        if group == "000":
            continue
        # A thousand is "bin", never "bir bin".
        if group != "001" or power != _THOUSAND:
            yield from _below_thousand(*map(int, group))
        if power:
            yield power


def _below_thousand(hundreds: int, tens: int, ones: int) -> Iterator[str]:
    if hundreds > 1:
        yield _ONES[hundreds]
    if hundreds:
        yield _HUNDRED
    if tens:
        yield _TENS[tens]
    if ones:
        yield _ONES[ones]
