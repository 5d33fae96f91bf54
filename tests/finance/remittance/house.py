"""A company that pays: a bank account, vendors with confirmed accounts, and two people."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fondaco.finance.ledger.models import Account
from fondaco.finance.payments.models import BankAccount
from fondaco.finance.remittance.models import PaymentRun, PaymentRunLine
from fondaco.masterdata.parties.models import Party, PartyBankAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import Outcome, perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books
from tests.owed import vendors

OURS = "IT60X0542811101000000123456"
ANNA, BEA, CARLA, DORA = (replace(ACTOR, username=name) for name in ("anna", "bea", "carla", "dora"))


def iban(number: int) -> str:
    """A valid Italian IBAN for each number."""
    body = f"X05428{11101:05d}{number:012d}"
    digits = "".join(str(int(c, 36)) for c in f"{body}IT00")
    return f"IT{98 - int(digits) % 97:02d}{body}"


class House:
    def __init__(self, books: Books) -> None:
        self.books = books
        account = Account.objects.get(company=books.company, purpose="bank").pk
        given = {"company": books.company.pk, "name": "Banca del Naviglio", "iban": OURS, "bic": "BCITITMM", "account": account}
        (key,) = create(ACTOR, RESOURCES["bank-accounts"], [given]).ids
        self.bank = BankAccount.objects.get(pk=key)

    def vendors(self, *names: str, confirmed: bool = True, **values: Any) -> list[Party]:
        made = vendors(self.books, *names, **values)
        accounts = create(DORA, RESOURCES["party-bank-accounts"], [{"party": p.pk, "iban": iban(p.pk)} for p in made]).ids
        if confirmed:
            perform(CARLA, ACTIONS["parties.confirm_bank_account"], accounts, {"channel": "phone_call", "confirmation": "Rang them"})
        return made

    def account_of(self, vendor: Party) -> PartyBankAccount:
        return PartyBankAccount.objects.get(party=vendor)

    def run(self, on: str = "2026-02-10", due_until: str = "2026-02-15", *, propose: bool = True, **values: Any) -> PaymentRun:
        given = {"company": self.books.company.pk, "bank_account": self.bank.pk, "on": on, "due_until": due_until, **values}
        (key,) = create(ANNA, RESOURCES["payment-runs"], [given]).ids
        if propose:
            do(ANNA, "propose", key)
        return PaymentRun.objects.get(pk=key)

    def lines(self, run: PaymentRun, state: str = "proposed") -> list[PaymentRunLine]:
        return list(run.lines.filter(state=state).select_related("party").order_by("position"))

    def released(self, run: PaymentRun, by: Actor = BEA) -> PaymentRun:
        do(ANNA, "submit", run.pk)
        do(by, "release", run.pk)
        run.refresh_from_db()
        return run


def do(actor: Actor, verb: str, keys: int | Sequence[int], reason: str = "", **parameters: Any) -> Outcome:
    ids = [keys] if isinstance(keys, int) else list(keys)
    return perform(actor, ACTIONS[f"remittance.{verb}"], ids, parameters, reason=reason)
