"""A small company for scenarios: its books, a few helpers that read like a clerk's day, and a journal printed as text."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import Any

from django.utils import translation

from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.finance.ledger.models import Account, JournalEntry, JournalLine, OpenItem
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.payments.actions import post as post_payments
from fondaco.finance.payments.models import Payment
from fondaco.finance.payments.resources import PaymentResource
from fondaco.localizations.loading import load_reference_data, set_up_company
from fondaco.masterdata.companies.models import Company, ExchangeRate
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit import checks
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import Outcome, perform
from fondaco.platform.resources.writing import create

ACTOR = Actor.program("test")


class Books:
    """The books of one company. Amounts are given as text, so that a scenario reads as on paper."""

    def __init__(self, company: Company, actor: Actor = ACTOR) -> None:
        self.company, self.actor = company, actor

    def do(self, key: str, ids: Sequence[int] | int, reason: str = "", **parameters: Any) -> Outcome:
        """Perform the verb ``key`` (``invoicing.post``) on one or several records."""
        return perform(self.actor, ACTIONS[key], [ids] if isinstance(ids, int) else list(ids), parameters, reason=reason)

    def customer(self, name: str = "Bar Duomo", country: str = "IT", **values: Any) -> Party:
        with unit_of_work(self.actor.username, "test"):
            return Party.objects.create(
                name=name, sort_name=sort_name(name), code=f"T-{name}", country_id=country, is_customer=True, **values
            )

    def vendor(self, name: str = "Torrefazione Levante", country: str = "IT", **values: Any) -> Party:
        with unit_of_work(self.actor.username, "test"):
            return Party.objects.create(
                name=name, sort_name=sort_name(name), code=f"T-{name}", country_id=country, is_vendor=True, **values
            )

    def bill(self, vendor: Party, lines: Sequence[Mapping[str, Any]], on: str, *, post: bool = True, **values: Any) -> Bill:
        """A vendor bill; a line's ``account`` is a purpose, his number counts up, and the tax is Italy's standard rate unless said."""
        given = {
            "company": self.company.pk, "vendor": vendor.pk, "on": on, "vendor_date": on, "vendor_number": f"F/{Bill.objects.count() + 1}",
            "lines": [
                {"description": "Coffee", "tax_code": "IT-P-S", **ln, **({"account": self.account(ln["account"]).pk} if ln.get("account") else {})}
                for ln in lines
            ],
            **values,
        }  # fmt: skip
        (key,) = create(self.actor, BillResource, [given]).ids
        if post:
            perform(self.actor, ACTIONS["payables.post"], [key])
        return Bill.objects.get(pk=key)

    def rate(self, currency: str, rate: str, on: str) -> None:
        with unit_of_work(self.actor.username, "test"):
            ExchangeRate.objects.create(base=self.company.currency, currency_id=currency, rate=Decimal(rate), on=date.fromisoformat(on))

    def invoice(self, customer: Party, lines: Sequence[Mapping[str, Any]], on: str, *, post: bool = True, **values: Any) -> Invoice:
        given = {
            "company": self.company.pk,
            "customer": customer.pk,
            "on": on,
            "lines": [{"description": "Goods", **ln} for ln in lines],
            **values,
        }
        (key,) = create(self.actor, InvoiceResource, [given]).ids
        if post:
            perform(self.actor, post_invoices, [key])
        return Invoice.objects.get(pk=key)

    def pay(
        self, customer: Party, amount: str, on: str, allocations: Mapping[int, str] | None = None, *, post: bool = True, **values: Any
    ) -> Payment:
        given = {
            "company": self.company.pk, "party": customer.pk, "amount": amount, "on": on,
            "allocations": [{"item": i, "amount": a} for i, a in (allocations or {}).items()], **values,
        }  # fmt: skip
        (key,) = create(self.actor, PaymentResource, [given]).ids
        if post:
            perform(self.actor, post_payments, [key])
        return Payment.objects.get(pk=key)

    def item(self, document: Invoice | Bill | Payment) -> OpenItem:
        return OpenItem.objects.get(entry=document.entry_id)

    def account(self, purpose: str) -> Account:
        return Account.objects.get(company=self.company, purpose=purpose)

    def balance(self, purpose: str) -> Decimal:
        return sum(JournalLine.objects.filter(account=self.account(purpose)).values_list("amount", flat=True), Decimal(0))

    def journal(self, last: int = 1) -> str:
        """The last entries as text, the way an accountant writes them."""
        entries = list(JournalEntry.objects.filter(company=self.company).order_by("-id")[:last])[::-1]
        rows = []
        for entry in entries:
            rows.append(f"{entry.on} {entry.memo}")
            for line in entry.lines.select_related("account").order_by("position"):
                foreign = "" if line.currency_id == self.company.currency_id else f"  {line.currency_amount:.2f} {line.currency_id}"
                rows.append(f"  {line.account.purpose or line.account.number:<28}{line.amount:>12.2f}{foreign}")
        return "\n".join(rows)

    def assert_journal(self, text: str, last: int = 1) -> None:
        assert self.journal(last) == dedent(text).strip("\n").rstrip()

    def assert_checks_hold(self) -> None:
        with unit_of_work(self.actor.username, "check"):
            broken = [(v.check.key, v.rows[:3]) for v in checks.run() if not v.holds]
        assert not broken, broken


def open_books(country: str = "IT", currency: str = "EUR", code: str = "TEST", years: Sequence[int] = (2025, 2026), **values: Any) -> Books:
    """Set up a company for a test; the reference data too, when they are not there."""
    with translation.override("en"):
        load_reference_data(ACTOR)
        fields = {"code": code, "name": f"{code} S.r.l.", "country_id": country, "currency_id": currency, **values}
        return Books(set_up_company(ACTOR, fields, years))
