"""The verbs of expense claims: ask for approval, book."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables import actions as payables
from fondaco.finance.payables.models import Bill, BillLine
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.companies.models import Company
from fondaco.people.expenses.approving import CLAIMS
from fondaco.people.expenses.models import ExpenseClaim, ExpenseLine
from fondaco.people.expenses.queries import receipts_of
from fondaco.people.expenses.refusals import NoLines, ReceiptsMissing
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.declare import Draft


@action(
    ExpenseClaim,
    moves={"draft": "draft"},
    permission="expenses.write_claim",
    title=_("Ask for approval"),
    done=_("Asked for approval"),
)
def ask_approval(claims: DocumentSet[ExpenseClaim]) -> None:
    """Ask for the approval that a policy wants before claims are booked; refused while receipts are missing."""
    _check(claims.rows, _lines_of(claims.rows))
    claims.made["approval-requests"] = approvals.ask(CLAIMS, claims.ids, actor=claims.actor)


@action(ExpenseClaim, moves={"draft": "booked"}, permission="expenses.book_claim", title=_("Book"), done=_("Booked as a bill to be posted"))
def book(claims: DocumentSet[ExpenseClaim]) -> None:
    """Draft the bill by which the employee is paid for each approved claim: its lines on their accounts, tax taken out of what he paid."""
    lines = _lines_of(claims.rows)
    _check(claims.rows, lines)
    approvals.require(CLAIMS, claims.ids)
    claims.draw_numbers()
    currencies = dict(Company.objects.filter(pk__in={c.company_id for c in claims}).values_list("id", "currency_id"))
    drafts = [
        Draft(
            Bill(
                company_id=c.company_id, vendor_id=c.employee_id, vendor_number=c.number or "", vendor_date=c.on, on=c.on,
                currency_id=currencies[c.company_id], prices_include_tax=True, memo=c.purpose, stated_total=c.gross,
                source_table=ExpenseClaim._meta.db_table, source_id=c.pk, last_edited_by=c.created_by,
            ),
            [_bill_line(line) for line in lines[c.pk]],
        )
        for c in claims
    ]  # fmt: skip
    claims.made["bills"] = payables.draft(drafts, actor=claims.actor)
    for claim, draft in zip(claims, drafts, strict=True):
        claim.bill = draft.row
    claims.save_with_state("number", "bill")


def _bill_line(line: ExpenseLine) -> BillLine:
    return BillLine(
        description=f"{line.on:%d/%m/%Y} {line.kind.name} {line.description}".strip(),
        account_id=line.kind.account_id,
        quantity=Decimal(1),
        unit_price=line.amount,
        discount_percent=Decimal(0),
        tax_code_id=line.kind.tax_code_id,
        is_withheld_from=False,
        source_table=ExpenseLine._meta.db_table,
        source_id=line.pk,
    )


def _lines_of(claims: Sequence[ExpenseClaim]) -> dict[int, list[ExpenseLine]]:
    lines: dict[int, list[ExpenseLine]] = defaultdict(list)
    for line in ExpenseLine.objects.filter(claim__in=claims).select_related("kind").order_by("claim_id", "position", "id"):
        lines[line.claim_id].append(line)
    return lines


def _check(claims: Sequence[ExpenseClaim], lines: dict[int, list[ExpenseLine]]) -> None:
    """Every claim has lines, and as many files as it has expenses that need a receipt."""
    there = receipts_of(claims)
    for claim in claims:
        if not lines[claim.pk]:
            raise NoLines(document=str(claim), rows=rows_json([claim]))
        needed = sum(1 for ln in lines[claim.pk] if ln.kind.rate is None and (ln.amount or 0) >= ln.kind.receipt_from)
        if there[claim.pk] < needed:
            raise ReceiptsMissing(document=str(claim), needed=needed, there=there[claim.pk], rows=rows_json([claim]))
