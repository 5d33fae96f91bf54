"""Asking for money before anything is delivered: the down payment of an order, with its tax (OM-09)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.invoicing.actions import draft as draft_invoices
from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.actions.orders import Amount, invoice_of, may_post_invoices
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.queries import asked_ahead, measured_lines
from fondaco.frontoffice.sales.refusals import DownPaymentTooHigh, HowMuchAhead
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, rounded, spread
from fondaco.platform.resources.declare import Draft

Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]
HUNDRED = Decimal(100)


@action(Order, moves={"confirmed": "confirmed"}, permission="sales.invoice_order", title=_("Down payment"), done=_("Down payment invoiced"))
def ask_down_payment(
    orders: DocumentSet[Order], *, on: date, percent: Percent | None = None, amount: Amount | None = None, post: bool = False
) -> None:
    """Draft the invoice of a down payment on each order: a percentage of it, or an amount with tax in its currency; ``post`` posts it.

    It is taxed as the lines of the order are, in proportion, and taken off the invoices of what is delivered later.
    """
    if (percent is None) == (amount is None):
        raise HowMuchAhead(document=", ".join(map(str, orders)), rows=rows_json(orders.rows))
    if post:
        may_post_invoices(orders)
    lines, before = measured_lines(orders.ids), asked_ahead(orders.ids)
    decimals = decimals_of({o.currency_id for o in orders})
    drafts = []
    for o in orders:
        rows = lines[o.pk]
        open_share = [(ln, max(ln.quantity - (ln.invoiced - ln.credited), ZERO) / ln.quantity) for ln in rows]
        left = sum(((ln.net + ln.tax) * share for ln, share in open_share), ZERO) - before[o.pk]
        asked = amount if amount is not None else o.gross * (percent or ZERO) / HUNDRED
        if asked > rounded(left, decimals[o.currency_id]):
            raise DownPaymentTooHigh(
                document=o, asked=rounded(asked, decimals[o.currency_id]), currency=o.currency_id,
                left=max(rounded(left, decimals[o.currency_id]), ZERO), before=rounded(before[o.pk], decimals[o.currency_id]), rows=rows_json([o]),
            )  # fmt: skip
        drafts.append(_draft(o, rows, on, percent, amount, decimals[o.currency_id]))
    keys = draft_invoices(drafts, actor=orders.actor)
    if post:
        post_invoices(DocumentSet(Invoice, [d.row for d in drafts], orders.actor, orders.reason))
    orders.made["invoices"] = keys


def _draft(order: Order, lines: Sequence[Any], on: date, percent: Decimal | None, amount: Decimal | None, places: int) -> Draft:
    """One line a tax code of the order. An amount is shared out tax included, so that the invoice comes to it exactly."""
    net: dict[int, Decimal] = defaultdict(Decimal)
    gross: dict[int, Decimal] = defaultdict(Decimal)
    reasons = {ln.tax_code_id: ln.tax_explanation for ln in lines}
    for line in lines:
        net[line.tax_code_id] += line.net
        gross[line.tax_code_id] += line.net + line.tax
    codes = [code for code in net if gross[code] > 0]
    if amount is not None:
        prices = dict(zip(codes, spread(amount, [gross[c] for c in codes], places), strict=True))
        said = _now("Down payment on order {number}").format(number=order)
    else:
        prices = {c: rounded(net[c] * (percent or ZERO) / HUNDRED, places) for c in codes}
        said = _now("Down payment ({percent}%) on order {number}").format(percent=f"{(percent or ZERO).normalize():f}", number=order)
    row = invoice_of(order, on)
    row.prices_include_tax = amount is not None
    made = []
    for code, price in prices.items():
        line = InvoiceLine(
            description=said, quantity=Decimal(1), unit_price=price, tax_code_id=code, tax_explanation=reasons[code],
            source_table=Order._meta.db_table, source_id=order.pk, is_down_payment=True,
        )  # fmt: skip
        line.given = frozenset({"tax_code"})  # type: ignore[attr-defined]  # agreed with the order
        made.append(line)
    return Draft(row, made)
