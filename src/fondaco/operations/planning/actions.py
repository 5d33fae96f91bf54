"""The verbs of planning: propose, change, accept, skip."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import StockTransfer, StockTransferLine
from fondaco.operations.planning.measuring import lead_times
from fondaco.operations.planning.models import TRANSFER, Proposal, ReorderRule
from fondaco.operations.planning.proposing import propose_for
from fondaco.operations.planning.refusals import NoSuchVendor, NoVendor
from fondaco.operations.purchasing.drafting import draft_orders
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.supply.actions import keep_measured
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Draft

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
#: For so many days a skipped proposal does not come again, unless somebody says until when.
QUIET_DAYS = 7
FIGURES = ("demand_per_day", "demand_spread", "lead_days", "lead_spread", "safety", "reorder_point", "explanation", "computed_on")


@action(ReorderRule, permission="planning.propose", title=_("Propose"), done=_("Proposals computed"))
def propose(rules: DocumentSet[ReorderRule]) -> None:
    """Compute safety stock and reorder points anew, and what is to be bought or fetched today; open proposals of the rules are replaced."""
    rules.made["proposals"] = propose_all(rules.rows, timezone.localdate())


def propose_all(rules: Sequence[ReorderRule], today: date) -> list[int]:
    """Propose for active rules; what was skipped for a while is left alone. Statements do not grow with the rules."""
    active = [r for r in rules if r.is_active]
    quiet = set(
        Proposal.objects.filter(rule__in=active, state=Proposal.SKIPPED, skipped_until__gte=today).values_list("rule_id", flat=True)
    )
    measured = lead_times({r.product_id for r in active}, today)
    keep_measured({key: (lead.mean, lead.spread, lead.receipts) for key, lead in measured.items()})
    made = [p for p in propose_for(active, today) if p.rule_id not in quiet]
    update_rows(ReorderRule, {"id": [r.pk for r in active], **{name: [getattr(r, name) for r in active] for name in FIGURES}})
    Proposal.objects.filter(rule__in=[r.pk for r in rules], state=Proposal.OPEN).delete()
    insert_rows(Proposal, made)
    return [p.pk for p in made]


@action(Proposal, moves={"open": "open"}, permission="planning.decide_proposal", title=_("Change"), done=_("Changed"))
def change(
    proposals: DocumentSet[Proposal],
    *,
    quantity: Quantity | None = None,
    needed_on: date | None = None,
    vendor: Annotated[str, Field(json_schema_extra={"resource": "parties"})] = "",
) -> None:
    """Change what is proposed: the quantity, the day, the vendor. What is left empty stays."""
    found = Party.objects.filter(pk=int(vendor), is_vendor=True).first() if vendor.isdecimal() else None
    if vendor and found is None:
        raise NoSuchVendor(vendor=vendor, fields={"vendor": vendor})
    for proposal in proposals:
        proposal.quantity = quantity or proposal.quantity
        proposal.needed_on = needed_on or proposal.needed_on
        if found is not None and proposal.source != TRANSFER and proposal.vendor_id != found.pk:
            proposal.vendor, proposal.unit_price, proposal.currency = found, None, None
    proposals.save("quantity", "needed_on", "vendor", "unit_price", "currency")


@action(Proposal, moves={"open": "accepted"}, permission="planning.decide_proposal", title=_("Accept"), done=_("Drafted"))
def accept(proposals: DocumentSet[Proposal]) -> None:
    """Draft what is proposed: one purchase order a vendor and warehouse, one transfer a way. They are confirmed and sent like any other."""
    nobody = [p for p in proposals if p.source != TRANSFER and p.vendor_id is None]
    if nobody:
        raise NoVendor(product=nobody[0].product, warehouse=nobody[0].warehouse, rows=rows_json(nobody))
    today = timezone.localdate()
    own_currency = dict(Company.objects.filter(pk__in={p.company_id for p in proposals}).values_list("pk", "currency"))
    bought, fetched = defaultdict(list), defaultdict(list)
    for p in proposals:
        if p.source == TRANSFER:
            fetched[p.company_id, p.from_warehouse_id, p.warehouse_id].append(p)
        else:
            bought[p.company_id, p.vendor_id, p.warehouse_id, p.currency_id or own_currency[p.company_id]].append(p)
    orders = [_order(own, today) for _key, own in sorted(bought.items())]
    keys = draft_orders(orders, proposals.actor)
    transfers = [_transfer(own, today) for _key, own in sorted(fetched.items())]
    write_papers(transfers, "transfer")
    for draft, own in zip(
        [*orders, *transfers], [own for groups in (bought, fetched) for _key, own in sorted(groups.items())], strict=True
    ):
        for proposal in own:
            proposal.made_table, proposal.made_id = draft.row._meta.db_table, draft.row.pk
    proposals.save_with_state("made_table", "made_id")
    proposals.made["purchase-orders"], proposals.made["transfers"] = keys, [d.row.pk for d in transfers]


def _order(own: Sequence[Proposal], today: date) -> Draft:
    first = own[0]
    order = PurchaseOrder(
        company_id=first.company_id, vendor_id=first.vendor_id, warehouse_id=first.warehouse_id, on=today,
        currency_id=next((p.currency_id for p in own if p.currency_id), None),
        expected_on=max(p.needed_on for p in own),
    )  # fmt: skip
    lines = [
        PurchaseOrderLine(product_id=p.product_id, quantity=p.quantity, unit_price=p.unit_price or ZERO, expected_on=p.needed_on)
        for p in sorted(own, key=lambda p: (p.product_id, p.pk))
    ]
    return Draft(order, lines)


def _transfer(own: Sequence[Proposal], today: date) -> Draft:
    first = own[0]
    transfer = StockTransfer(
        company_id=first.company_id, warehouse_id=first.from_warehouse_id, to_warehouse_id=first.warehouse_id, on=today
    )
    return Draft(transfer, [StockTransferLine(product_id=p.product_id, quantity=p.quantity) for p in sorted(own, key=lambda p: (p.product_id, p.pk))])  # fmt: skip


@action(Proposal, moves={"open": "skipped"}, permission="planning.decide_proposal", title=_("Skip"), done=_("Skipped"))
def skip(proposals: DocumentSet[Proposal], *, until: date | None = None) -> None:
    """Do not buy this now: it is not proposed again before ``until``, a week from today when empty."""
    for proposal in proposals:
        proposal.skipped_until = until or timezone.localdate() + timedelta(days=QUIET_DAYS)
    proposals.save("skipped_until")
