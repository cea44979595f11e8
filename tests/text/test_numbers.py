"""Numbers in words, read back by a reader of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.text.numbers import convert_numbers_to_words, integer_to_words


def split(text: str) -> list[str]:
    return text.split(" ")


UNITS = {word: value for value, word in enumerate(split("sıfır bir iki üç dört beş altı yedi sekiz dokuz"))}
TENS = {word: 10 * value for value, word in enumerate(split("on yirmi otuz kırk elli altmış yetmiş seksen doksan"), 1)}
NAMES = (
    "bin milyon milyar trilyon katrilyon kentilyon sekstilyon septilyon oktilyon nonilyon desilyon undesilyon "
    "dodesilyon tredesilyon katordesilyon kendesilyon seksdesilyon septendesilyon oktodesilyon novemdesilyon "
    "vigintilyon"
)
POWERS = {word: 1000**power for power, word in enumerate(NAMES.split(" "), 1)}


def read_integer(words: list[str]) -> int:
    """Read a number in words; every power of a thousand must be less than the one before."""
    total, group, last = 0, 0, 1000**30
    for word in words:
        if word in POWERS:
            assert POWERS[word] < last
            last = POWERS[word]
            total += (group or 1) * last
            group = 0
        elif word == "yüz":
            group = 100 * (group or 1)
        else:
            group += UNITS[word] if word in UNITS else TENS[word]
    return total + group


def read(words: list[str]) -> str:
    """Read a number in words as figures."""
    sign = "-" if words[0] == "eksi" else ""
    words = words[len(sign) :]
    if "virgül" not in words:
        return f"{sign}{read_integer(words)}"
    border = words.index("virgül")
    whole, fraction = words[:border], words[border + 1 :]
    zeros = 0
    while fraction[zeros : zeros + 1] == ["sıfır"]:
        zeros += 1
    return f"{sign}{read_integer(whole)},{'0' * zeros}{read_integer(fraction[zeros:])}"


def say(figures: str, **options: object) -> list[str]:
    return convert_numbers_to_words([figures], **options)  # type: ignore[arg-type]


integers = st.integers(-(10**15), 10**15)


@given(integers)
def test_integers_round_trip(number: int) -> None:
    words = say(str(number))
    assert read(words) == str(number) and words == integer_to_words(number).split(" ")
    assert "bir bin" not in f" {' '.join(words)} ".replace("yirmi bir bin", "") or abs(number) >= 11_000


@given(integers)
def test_grouped_integers_round_trip(number: int) -> None:
    assert read(say(f"{number:,}".replace(",", "."))) == str(number)
    assert read(say(f"{number:,}", decimal_seperator=".")) == str(number)


@given(st.integers(0, 10**15), st.from_regex("[0-9]{0,5}[1-9]0{0,3}", fullmatch=True), st.booleans())
def test_decimals_round_trip(whole: int, fraction: str, negative: bool) -> None:
    figures = f"{'-' * negative}{whole},{fraction}"
    assert read(say(figures, num_dec_digits=9)) == figures
    assert say(figures.replace(",", "."), num_dec_digits=9, decimal_seperator=".") == say(figures, num_dec_digits=9)


@given(st.integers(1, 10**66 - 1))
def test_large_integers_round_trip(number: int) -> None:
    assert read(say(str(number))) == str(number)


@given(st.decimals(0, 10**9, places=8), st.integers(0, 7))
def test_rounding_is_decimal_rounding(number: object, digits: int) -> None:
    from decimal import ROUND_HALF_UP, Decimal

    assert isinstance(number, Decimal)
    rounded = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    read_back = Decimal(read(say(f"{number:f}".replace(".", ","), num_dec_digits=digits)).replace(",", "."))
    assert read_back == rounded


@given(st.text(max_size=12))
def test_any_token_is_a_number_or_stays(token: str) -> None:
    words = say(token)
    assert words == [token] or read(words)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("0", "sıfır"),
        ("007", "yedi"),
        ("1000", "bin"),
        ("1001", "bin bir"),
        ("1000000", "bir milyon"),
        ("1001000", "bir milyon bin"),
        ("21001", "yirmi bir bin bir"),
        ("1000000000", "bir milyar"),
        ("2,50", "iki virgül elli"),
        ("2,05", "iki virgül sıfır beş"),
        ("12,000", "on iki"),
        ("0,9999999", "bir"),
        ("99,9999999", "yüz"),
        ("0,00000004", "sıfır"),
        ("-5", "eksi beş"),
        ("-0,5", "eksi sıfır virgül beş"),
        ("-0", "sıfır"),
        ("+5", "beş"),
        ("5,", "beş"),
        (",5", "sıfır virgül beş"),
        ("1.250,75", "bin iki yüz elli virgül yetmiş beş"),
        ("1_000", "bin"),
        ("1e5", "yüz bin"),
        ("1,5E3", "bin beş yüz"),
        ("1e-3", "sıfır virgül sıfır sıfır bir"),
        ("1e-400", "sıfır"),
        ("１２", "on iki"),
        ("٣", "üç"),
        (" 5 ", "beş"),
    ],
)
def test_examples(figures: str, words: str) -> None:
    assert say(figures) == words.split(" ")


@pytest.mark.parametrize(
    "token",
    [
        *("", "-", "--5", "5-", "inf", "-inf", "nan", "infinity", "1e400", "1e99999999999", "1" + "0" * 66),
        *("12.03.2021", "10.30", "0.4", "1.00", "1.0000", "0.400", "1.2345", ".5", "1,2,3", "1..2", "1.000.00"),
        *("%25", "14.30'da", "1.250,75TL", "½", "²", "Ⅳ", "一", "a1", "1/2", "0x10", "1__000", "e5", "1e", "1e5,5"),
    ],
)
def test_what_is_no_number_stays(token: str) -> None:
    assert say(token) == [token]


def test_faults() -> None:
    for separator in (";", "", ",."):
        with pytest.raises(InputError, match="not a valid decimal separator"):
            say("1,5", decimal_seperator=separator)
    assert say("abc", decimal_seperator=";") == ["abc"]
    with pytest.raises(InputError, match="0 or more"):
        say("1,5", num_dec_digits=-1)
    with pytest.raises(InputError, match="66 digits"):
        integer_to_words(10**66)


def test_long_tokens_take_linear_time() -> None:
    for token in (
        "1" * 1_000_000,
        "1." * 500_000,
        "1" + ".000" * 250_000,
        "0," + "0" * 1_000_000 + "5",
        "1e" + "9" * 1_000_000,
    ):
        say(token)
