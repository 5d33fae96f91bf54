"""Bill -> entry draft. Pure; the posting table is in README.md."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.posting import Leg, entry_with, owed_lines
from fondaco.finance.ledger.drafts import EntryDraft
from fondaco.finance.payables.models import Bill, BillLine
from fondaco.finance.tax.posting import Cost, TaxLeg
from fondaco.platform.money import spread

#: What a line is booked on: an account or the purpose of one, and the dimensions.
Place = tuple[int | str, tuple[int, ...]]


def legs_of(bill: Bill, lines: Sequence[BillLine], costs: Sequence[Cost], decimals: int, base_decimals: int) -> list[Leg]:
    """Costs by account and dimensions, in the order in which they first appear, and input tax that is not deductible.

    Goods without an account of their own clear what was received and not yet invoiced. Tax that is not deductible is shared by
    the lines of its code and rate in proportion to their net; what falls on received goods is a difference in their price.
    """
    net: dict[Place, Decimal] = defaultdict(Decimal)
    for line in lines:
        net[_place(line, "goods_received_not_invoiced")] += line.net
    legs = [Leg(account, amount, dimensions=dimensions) for (account, dimensions), amount in net.items()]
    more: dict[Place, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for cost in costs:
        bearing = [line for line in lines if (line.tax_code_id, line.tax_rate) == (cost.code, cost.rate)]
        weights = [line.net for line in bearing]
        shares = spread(-bill.sign * cost.currency_amount, weights, decimals)
        base_shares = spread(-bill.sign * cost.amount, weights, base_decimals)
        for line, share, base in zip(bearing, shares, base_shares, strict=True):
            sums = more[_place(line, "purchase_price_variance")]
            sums[0] += share
            sums[1] += base
    return [*legs, *(Leg(account, amount, dimensions=dims, base=base) for (account, dims), (amount, base) in more.items())]


def _place(line: BillLine, of_goods: str) -> Place:
    return line.account_id or of_goods, tuple(sorted(map(int, line.dimension_values)))


def entry_of(
    bill: Bill,
    legs: Sequence[Leg],
    taxes: Sequence[TaxLeg],
    due: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    base_decimals: int,
    late_reason: str = "",
) -> EntryDraft:
    """Debit costs, assets and input tax; credit the payable, one line an instalment. A credit note has the signs turned."""
    lines = owed_lines(bill, bill.vendor_id, "payable", legs, taxes, due, rate, base_decimals)
    memo = f"{bill.get_kind_display()} {bill.number} ({bill.vendor_number})"
    return entry_with(bill, "purchases", memo, [*lines[len(due) :], *lines[: len(due)]], late_reason)
