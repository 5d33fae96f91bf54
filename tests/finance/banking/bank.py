"""A company with a bank account, for scenarios; files come from ``files``."""

from typing import Any

from fondaco.finance.banking.importing import Imported, import_statements
from fondaco.finance.banking.models import BankLine
from fondaco.finance.ledger.models import Account
from fondaco.finance.payments.models import BankAccount
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books
from tests.finance.banking import files

OTHER_IBAN = "IT40S0542811101000000123456"


def open_account(
    books: Books, iban: str = files.IBAN, currency: str = "EUR", name: str = "Main account", number: str = "", **values: Any
) -> BankAccount:
    """A bank account on a ledger account of its own."""
    purpose = Account.objects.filter(company=books.company, purpose="bank").first()
    taken = BankAccount.objects.filter(company=books.company, account=purpose).exists()
    with unit_of_work("test", "test"):
        account = purpose
        if taken or purpose is None:
            account = Account.objects.create(
                company=books.company, number=f"BANK{BankAccount.objects.count()}", name=name, kind="asset", control="bank"
            )
    given = {
        "company": books.company.pk,
        "name": name,
        "iban": iban,
        "account_number": number,
        "currency": currency,
        "account": account.pk,
        **values,
    }
    (key,) = create(ACTOR, RESOURCES["bank-accounts"], [given]).ids
    return BankAccount.objects.get(pk=key)


def load(*entries: str, opening: str = "0.00", statement: str = "S1", **values: Any) -> Imported:
    """Import a camt.053 of the entries."""
    amounts = [e.split('">', 1)[1].split("<", 1)[0] for e in entries]
    signed = [("-" if "DBIT" in e.split("<Sts>")[0] else "") + a for e, a in zip(entries, amounts, strict=True)]
    account = values.pop("into", None)
    return import_statements(
        ACTOR, f"{statement}.xml", files.statement(entries, signed, opening, statement=statement, **values), account=account
    )


def lines(**values: Any) -> list[BankLine]:
    return list(BankLine.objects.filter(**values).order_by("booked_on", "id"))
