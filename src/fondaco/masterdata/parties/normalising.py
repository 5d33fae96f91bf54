"""Names, VAT numbers, phone numbers and mail addresses in the one form in which they are compared."""

import unicodedata
from importlib import import_module

import phonenumbers
from django.utils.translation import gettext as _
from stdnum import bic as stdnum_bic
from stdnum import get_cc_module
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError


def sort_name(name: str) -> str:
    """The name as people sort it: no accents, lower case, single blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def vat_number(text: str, country: str) -> tuple[str, str]:
    """The number without blanks, with its country's prefix where the EU has one; and what is wrong with it, if anything.

    Checked by the country's own check digits (python-stdnum); a country unknown to it is taken as typed.
    """
    compact = "".join(c for c in text.upper() if c.isalnum())
    if not compact:
        return "", ""
    prefix = {"GR": "EL"}.get(country, country)
    module = get_cc_module(country.lower(), "vat") if country else None
    if module is None:
        return compact, ""
    try:
        number = module.validate(compact)
    except ValidationError:
        return compact, _("“{number}” is not a valid VAT number of {country}: its check digits do not fit.").format(
            number=text, country=country
        )
    in_union = hasattr(import_module("stdnum.eu.vat"), "MEMBER_STATES") and country.lower() in import_module("stdnum.eu.vat").MEMBER_STATES
    if in_union and not number.startswith(prefix):
        number = f"{prefix}{number}"
    return number, ""


def phone_number(text: str, country: str) -> tuple[str, str]:
    """The number in E.164, and what is wrong with it, if anything; ``country`` is taken where no prefix was typed."""
    if not text.strip():
        return "", ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        return text.strip(), _("“{number}” is not a telephone number. Write it with its prefix, such as +39 02 1234567.").format(
            number=text
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""


def mail_address(text: str) -> tuple[str, str]:
    """The address in lower case, and what is wrong with it, if anything."""
    address = text.strip().lower()
    if not address:
        return "", ""
    local, at, domain = address.rpartition("@")
    if not at or not local or "." not in domain or any(c.isspace() for c in address) or domain.startswith(".") or domain.endswith("."):
        return address, _("“{address}” is not a mail address.").format(address=text)
    return address, ""


def iban(text: str) -> tuple[str, str]:
    """The IBAN without blanks, in capitals, and what is wrong with it, if anything: length and check digits of its country."""
    compact = "".join(text.upper().split())
    if not compact:
        return "", ""
    try:
        return stdnum_iban.validate(compact), ""
    except ValidationError:
        return compact, _(
            "“{number}” is not a valid IBAN: its length or its check digits do not fit. Compare it with the original."
        ).format(number=text)


def bic(text: str) -> tuple[str, str]:
    """The BIC (ISO 9362) without blanks, in capitals, and what is wrong with it, if anything."""
    compact = "".join(text.upper().split())
    if not compact:
        return "", ""
    try:
        return stdnum_bic.validate(compact), ""
    except ValidationError:
        return compact, _("“{number}” is not a valid BIC. It has 8 or 11 letters and digits, such as UNCRITMM.").format(number=text)
