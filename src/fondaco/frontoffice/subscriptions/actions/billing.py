"""The verb that invoices contracts."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.actions import draft as draft_invoices
from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.subscriptions.charging import Charge, charges, next_due, read
from fondaco.frontoffice.subscriptions.models import Contract, ContractCharge, ContractLine, Meter
from fondaco.frontoffice.subscriptions.refusals import NothingDue
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Draft

CONTRACT = Contract._meta.db_table


@action(
    Contract, moves={"active": "active", "ended": "ended", "cancelled": "cancelled"}, permission="subscriptions.bill_contract", title=_("Invoice"),
    done=_("Invoiced"),
)  # fmt: skip
def bill(contracts: DocumentSet[Contract], *, on: date) -> None:
    """Draft one invoice a contract, dated ``on``, for all that is due up to that day and is not invoiced yet; where more is given back than charged, a
    credit note. Contracts that say so have theirs posted at once.

    Each line says its days and how it was reckoned. Repeated, it invoices nothing twice.
    """
    _judge_posting(contracts)
    # Use that is being taken in is waited for; what comes later belongs to the next invoice.
    list(Meter.objects.select_for_update().filter(pk__in=_meters(contracts.ids)).order_by("pk").values_list("pk"))
    book = read(contracts.rows)
    found = charges(book, on)
    if not any(found.values()):
        raise NothingDue(document=", ".join(map(str, contracts)), on=on, rows=rows_json(contracts.rows))
    due = [c for c in contracts if found[c.pk]]
    drafts = [Draft(*_invoice(c, found[c.pk], on)) for c in due]
    keys = draft_invoices(drafts, actor=contracts.actor)
    insert_rows(
        ContractCharge,
        [
            ContractCharge(
                contract=c, line=charge.line, kind=charge.kind, period_from=charge.period.first, period_to=charge.period.last, first=charge.first,
                last=charge.last, quantity=charge.quantity, amount=charge.amount, due=charge.due, explanation=charge.explanation,
                priced_version=c.version_number, invoice_line=line,
            )
            for c, d in zip(due, drafts, strict=True)
            for charge, line in zip(found[c.pk], d.lines, strict=True)
        ],
    )  # fmt: skip
    for c in contracts:
        c.next_on = next_due(book, c, on)
    contracts.save("next_on")
    at_once = [d.row for c, d in zip(due, drafts, strict=True) if c.posts_at_once]
    if at_once:
        post_invoices(DocumentSet(Invoice, at_once, contracts.actor, contracts.reason))
    contracts.made["invoices"] = keys


def _judge_posting(contracts: DocumentSet[Contract]) -> None:
    for company in {c.company_id for c in contracts if c.posts_at_once}:
        if not contracts.actor.may(post_invoices.permission, company):
            raise NotAllowed(verb=str(post_invoices.title), what=Invoice._meta.verbose_name_plural, permission=post_invoices.permission)


def _meters(contracts: list[int]) -> list[int]:
    return list(ContractLine.objects.filter(contract__in=contracts, meter__isnull=False).values_list("meter_id", flat=True))


def _invoice(contract: Contract, found: list[Charge], on: date) -> tuple[Invoice, list[InvoiceLine]]:
    """The invoice of what was found, or the credit note where it is less than nothing."""
    gives_back = sum((c.amount for c in found), ZERO) < 0
    invoice = Invoice(
        company_id=contract.company_id, kind=Invoice.CREDIT_NOTE if gives_back else Invoice.INVOICE, customer_id=contract.customer_id, on=on,
        currency_id=contract.currency_id, payment_term_id=contract.payment_term_id, salesperson_id=contract.salesperson_id,
        reference=contract.reference or contract.number or "", source_table=CONTRACT, source_id=contract.pk,
    )  # fmt: skip
    lines = []
    for c in found:
        quantity, price, discount = c.shown
        lines.append(
            InvoiceLine(
                product_id=c.line.product_id, description=f"{c.line.description} · {c.explanation}", quantity=-quantity if gives_back else quantity,
                unit_price=price, discount_percent=discount, source_table=CONTRACT, source_id=contract.pk,
            )
        )  # fmt: skip
    return invoice, lines
