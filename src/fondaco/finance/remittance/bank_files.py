"""Files for the bank, made by sepaxml and judged by the official schema before anybody may use them. Pure."""

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import sepaxml
from lxml import etree
from text_unidecode import unidecode

TRANSFERS = "pain.001.001.09"
#: The letters that every bank takes (EPC217-08); others become the nearest of these, or a blank.
LETTERS = frozenset(string.ascii_letters + string.digits + "/-?:().,'+ ")


@dataclass(frozen=True, slots=True)
class Ordered:
    """One transfer as the bank is told."""

    end_to_end: str
    name: str
    iban: str
    bic: str
    amount: Decimal
    text: str


def plain(text: str, most: int) -> str:
    """The text in the letters that every bank takes, at most so long; never empty, never beginning or ending with a slash."""
    letters = "".join(c if c in LETTERS else " " for c in unidecode(text))
    return " ".join(letters.replace("//", "/").split())[:most].strip(" /") or "-"


def transfers(number: str, name: str, iban: str, bic: str, currency: str, on: date, orders: Sequence[Ordered], decimals: int = 2) -> str:
    """A pain.001.001.09 file. Its message is called by the number of the run, so that the bank takes it once.

    Amounts have the decimals of their currency, as ISO 20022 asks. Raises ValueError where that would round.
    """
    config = {"name": plain(name, 70), "IBAN": iban, "batch": True, "currency": currency, "domestic": currency != "EUR"}
    file = sepaxml.SepaTransfer(config | ({"BIC": bic} if bic else {}), schema=TRANSFERS, clean=False)
    for order in orders:
        payment = {
            "name": plain(order.name, 70), "IBAN": order.iban, "amount": minor_units(order.amount, decimals), "execution_date": on,
            "description": plain(order.text, 140), "endtoend_id": plain(order.end_to_end, 35),
        }  # fmt: skip
        file.add_payment(payment | ({"BIC": order.bic} if order.bic else {}))
    return _named(file, number, decimals)


def minor_units(amount: Decimal, decimals: int = 2) -> int:
    """The amount in the smallest unit of its currency; raises ValueError where that would round."""
    units = amount.scaleb(decimals)
    if units != int(units):
        raise ValueError(f"{amount} has more than {decimals} decimals")
    return int(units)


def _named(file: sepaxml.shared.SepaPaymentInitn, number: str, decimals: int = 2) -> str:
    """The file as text; message and batches are called by the number of the run. The library takes every currency for one of hundredths:
    where it is not, amounts and control sums are put right."""
    root = etree.fromstring(file.export(validate=False))
    space = {"p": root.nsmap[None]}
    for node in root.iterfind(".//p:GrpHdr/p:MsgId", space):
        node.text = plain(number, 35)
    for place, node in enumerate(root.iterfind(".//p:PmtInf/p:PmtInfId", space), start=1):
        node.text = plain(f"{number}-{place}", 35)
    if decimals != 2:
        for node in root.iterfind(".//p:InstdAmt", space):
            node.text = f"{Decimal(node.text or 0).scaleb(2 - decimals):.{decimals}f}"
        for node in root.iterfind(".//p:CtrlSum", space):
            node.text = f"{Decimal(node.text or 0).scaleb(2 - decimals):.{decimals}f}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(Path(sepaxml.__file__).parent / "schemas" / f"{name}.xsd"))


def problem_of(content: str, schema: str) -> str:
    """What the official schema has against a file; empty when nothing."""
    judge = _schema(schema)
    if judge.validate(etree.fromstring(content.encode())):
        return ""
    return str(judge.error_log[0].message)


def fingerprint(content: str) -> str:
    """The SHA-256 of a file, as the bank portal or anybody else would compute it."""
    return hashlib.sha256(content.encode()).hexdigest()


DEBITS = "pain.008.001.08"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One direct debit as the bank is told."""

    end_to_end: str
    name: str
    iban: str
    bic: str
    amount: Decimal
    text: str
    mandate: str
    signed_on: date
    sequence: str


def debits(number: str, name: str, iban: str, bic: str, creditor: str, scheme: str, currency: str, on: date, drawn: Sequence[Drawn]) -> str:
    """A pain.008.001.08 file of SEPA direct debits, one batch for each sequence."""
    config = {
        "name": plain(name, 70), "IBAN": iban, "batch": True, "creditor_id": creditor, "currency": currency, "instrument": scheme,
    }  # fmt: skip
    file = sepaxml.SepaDD(config | ({"BIC": bic} if bic else {}), schema=DEBITS, clean=False)
    for debit in drawn:
        payment = {
            "name": plain(debit.name, 70), "IBAN": debit.iban, "amount": minor_units(debit.amount), "type": debit.sequence, "collection_date": on,
            "mandate_id": debit.mandate, "mandate_date": debit.signed_on, "description": plain(debit.text, 140), "endtoend_id": plain(debit.end_to_end, 35),
        }  # fmt: skip
        file.add_payment(payment | ({"BIC": debit.bic} if debit.bic else {}))
    return _named(file, number)
