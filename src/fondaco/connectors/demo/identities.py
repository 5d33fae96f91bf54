"""Numbers that the demo's people and firms need beside those in the data files: right by their check digits, and nobody's."""

import string

from stdnum.es import ccc
from stdnum.it import codicefiscale

#: What stands in a country's IBAN behind the check digits: letters for the bank, or the number of figures. Numbers 99.. belong to no bank.
SHAPES = {
    "AT": ("", 16), "CH": ("", 17), "DE": ("", 18), "FR": ("", 23), "GB": ("ZZZZ", 14), "HR": ("", 17), "NL": ("ZZZZ", 10),
    "PL": ("", 24), "SI": ("", 15),
}  # fmt: skip
ITALIAN_BANK = "9905001600"
ODD = dict(zip(string.digits, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(string.ascii_uppercase, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23), strict=True)
)
MONTHS, VOWELS = "ABCDEHLMPRST", frozenset("AEIOU")
MILANO = "F205"


def iban_of(country: str, number: int) -> str:
    """An IBAN of a country for a number below a million; empty where the country has none, or its shape is not known here."""
    if country == "IT":
        plain = f"{ITALIAN_BANK}{number:012d}"
        return with_check_digits("IT", italian_check(plain) + plain)
    if country == "ES":
        plain = f"99000016{number:010d}"
        return with_check_digits("ES", plain[:8] + ccc.calc_check_digits(plain[:8] + "00" + plain[8:]) + plain[8:])
    if country not in SHAPES:
        return ""
    bank, figures = SHAPES[country]
    plain = f"99{number:0{figures - 2}d}"
    if country == "SI":
        plain = plain[:-2]
        plain += f"{98 - int(plain + '00') % 97:02d}"
    return with_check_digits(country, bank + plain)


def with_check_digits(country: str, rest: str) -> str:
    """ISO 13616: 98 less the remainder by 97."""
    whole = "".join(str(int(sign, 36)) for sign in f"{rest}{country}00")
    return f"{country}{98 - int(whole) % 97:02d}{rest}"


def italian_check(plain: str) -> str:
    """The letter (CIN) before an Italian bank's numbers."""
    total = sum(ODD[sign] if place % 2 == 0 else int(sign, 36) % 10 for place, sign in enumerate(plain))
    return string.ascii_uppercase[total % 26]


def fiscal_code(name: str, number: int) -> str:
    """A codice fiscale for “First Last”, as if born in Milano on a day that the number tells."""
    first, _, last = name.upper().partition(" ")
    consonants = [c for c in first if c.isalpha() and c not in VOWELS]
    given = "".join(consonants[0:1] + consonants[2:4]) if len(consonants) > 3 else _three(first)
    plain = f"{_three(last)}{given}{40 + number % 50:02d}{MONTHS[number % 12]}{1 + number % 28:02d}{MILANO}"
    return f"{plain}{codicefiscale.calc_check_digit(plain)}"


def _three(name: str) -> str:
    letters = [c for c in name if "A" <= c <= "Z"]
    return ("".join([c for c in letters if c not in VOWELS] + [c for c in letters if c in VOWELS]) + "XXX")[:3]
