"""The verb that makes a contract of a quote."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.sales.actions.quotes import Name, note_acceptance
from fondaco.frontoffice.sales.models import Quote, QuoteLine
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.subscriptions.actions.contracts import activate
from fondaco.frontoffice.subscriptions.models import Contract, ContractLine
from fondaco.frontoffice.subscriptions.refusals import NoContractOfQuote
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Months = Annotated[int, Field(ge=1, le=240)]


@action(
    Quote, moves={"sent": "accepted"}, permission="sales.accept_quote", title=_("Accept as contract"), needs_reason=True,
    done=_("Accepted; contract in force"),
)  # fmt: skip
def accept_as_contract(
    quotes: DocumentSet[Quote], *, name: Name, starts_on: date, term_months: Months | None = 12, every_months: Literal[1, 3, 6, 12] = 1,
    on: date | None = None,
) -> None:  # fmt: skip
    """Record that customers accepted quotes of services that recur: who did, and (as the reason) how you know. Each becomes a contract in force, no order.

    The amounts of the quote are those of one period; periods run from the first day, in advance, so that the first invoice is what the quote said, to
    the cent.
    """
    lines = lines_of(QuoteLine, quotes.ids)
    _judge(quotes, lines)
    for q in quotes:
        q.accepted_by, q.accepted_reason = name, quotes.reason
    note_acceptance(quotes, lines, on or timezone.localdate())
    contracts = [
        Contract(
            company_id=q.company_id, customer_id=q.customer_id, reference=q.reference, currency_id=q.currency_id, starts_on=starts_on,
            term_months=term_months, every_months=every_months, calendar=Contract.ANNIVERSARY, in_advance=True, salesperson_id=q.salesperson_id,
            conditions=q.conditions, quote=q,
        )
        for q in quotes
    ]  # fmt: skip
    insert_rows(Contract, contracts)
    insert_rows(
        ContractLine,
        [
            ContractLine(
                contract=c, position=n, product_id=ln.product_id, description=ln.description, quantity=ln.quantity, unit_price=ln.unit_price,
                per_months=every_months, discount_percent=ln.discount_percent,
            )
            for c, q in zip(contracts, quotes, strict=True)
            for n, ln in enumerate(lines[q.pk], start=1)
        ],
    )  # fmt: skip
    activate(DocumentSet(Contract, contracts, quotes.actor, quotes.reason))
    quotes.made["contracts"] = [c.pk for c in contracts]


def _judge(quotes: DocumentSet[Quote], lines: dict[int, list[QuoteLine]]) -> None:
    """Only services can recur, each once, at prices without tax, with a quantity."""
    products = [ln.product_id for rows in lines.values() for ln in rows if ln.product_id]
    services = set(Product.objects.filter(pk__in=products, kind="service").values_list("pk", flat=True))
    for q in quotes:
        own = [ln.product_id for ln in lines[q.pk]]
        if (
            q.prices_include_tax
            or not set(own) <= services
            or len(set(own)) < len(own)
            or any(ln.quantity <= Decimal(0) for ln in lines[q.pk])
        ):
            raise NoContractOfQuote(document=q, rows=rows_json([q]))
