"""The verbs of tax."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.tax.declaring import Declaration, periods
from fondaco.finance.tax.entries import mirror, record_other, restate
from fondaco.finance.tax.models import FormerFiling, ReturnAmount, ReturnDefinition, TaxReturn
from fondaco.finance.tax.queries import declarations, entries_of, late_entries, regime_on, regimes_of, tax_account_sums
from fondaco.finance.tax.refusals import EarlierReturnOpen, LaterReturnFiled, NothingLate, ReturnMissing
from fondaco.finance.tax.releasing import release_after_a_year
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO


@action(Company, permission="tax.release_deferred", name="release_deferred", title=_("Release VAT after a year"), done=_("VAT released"))
def release_deferred(companies: DocumentSet[Company], *, on: date) -> None:
    """Make VAT chargeable that waited a year for its payment, in the companies given."""
    release_after_a_year(companies.ids, on=on, actor=companies.actor)


@action(Company, permission="tax.write_return", name="prepare_returns", title=_("Prepare VAT returns"), done=_("VAT returns prepared"))
def prepare_returns(companies: DocumentSet[Company], *, year: int) -> None:
    """Open the returns of a year, monthly or quarterly as the company files, or as the return itself says; those that are there stay."""
    definitions = list(ReturnDefinition.objects.filter(company__in=companies.ids).order_by("company_id", "id"))
    without = [c for c in companies if c.pk not in {d.company_id for d in definitions}]
    if without:
        raise ReturnMissing(company=", ".join(map(str, without)))
    regimes = regimes_of(companies.ids)
    taken = list(TaxReturn.objects.filter(definition__in=definitions).values_list("definition_id", "starts_on", "ends_on"))
    fresh = []
    for definition in definitions:
        regime = regime_on(regimes[definition.company_id], date(year, 1, 1)) or regime_on(
            regimes[definition.company_id], date(year, 12, 31)
        )
        for starts_on, ends_on in periods(year, definition.frequency or (regime.frequency if regime else "monthly")):
            if not any(d == definition.pk and first <= ends_on and starts_on <= last for d, first, last in taken):
                fresh.append(TaxReturn(company_id=definition.company_id, definition=definition, starts_on=starts_on, ends_on=ends_on))
    insert_rows(TaxReturn, fresh)
    companies.made["vat-returns"] = [r.pk for r in fresh]


@action(TaxReturn, moves={"open": "filed"}, permission="tax.file_return", title=_("File return"), done=_("Filed"))
def file(returns: DocumentSet[TaxReturn], *, on: date) -> None:
    """Keep what every box comes to, number the return and lock its tax entries: what is posted later counts in the next return.

    Earlier returns are filed first. What a return leaves goes to the next: a credit, or a debt too small to be paid.
    """
    keys = set(returns.ids)
    earlier = TaxReturn.objects.filter(definition__in={r.definition_id for r in returns}, state="open").exclude(pk__in=keys)
    waiting = list(earlier.order_by("starts_on"))
    for row in returns:
        before = next((w for w in waiting if w.definition_id == row.definition_id and w.ends_on < row.starts_on), None)
        if before is not None:
            raise EarlierReturnOpen(document=_period(row), earlier=_period(before), rows=rows_json([row]))
    declared = declarations(returns.rows)
    returns.draw_numbers()
    for row in returns:
        result = declared[row.pk]
        row.filed_on, row.interest, row.payable = on, result.interest, result.payable
        row.brought_forward = result.payable + row.advance_paid + row.paid_otherwise + row.credits_used - result.interest - result.due
    insert_rows(ReturnAmount, [amount for row in returns for amount in _amounts(row, declared[row.pk])])
    returns.save_with_state("number", "filed_on", "interest", "payable", "brought_forward")


def _amounts(row: TaxReturn, result: Declaration) -> list[ReturnAmount]:
    return [
        ReturnAmount(tax_return=row, position=place, box=box.box.code, amount=box.amount) for place, box in enumerate(result.boxes, start=1)
    ]


def _period(row: TaxReturn) -> str:
    return f"{row.starts_on:%Y-%m}" if row.starts_on.month == row.ends_on.month else f"{row.starts_on:%Y-%m} – {row.ends_on:%Y-%m}"


@action(
    TaxReturn,
    moves={"filed": "open"},
    permission="tax.reopen_return",
    title=_("Reopen"),
    needs_reason=True,
    dangerous=True,
    done=_("Reopened"),
)
def reopen(returns: DocumentSet[TaxReturn]) -> None:
    """Take back the filing of returns, the last first or several at once, to correct and file them again under the same number.

    What was declared, when, and why it is taken back are kept for ever. What came late meanwhile stays in the next return, until it is
    counted here.
    """
    later = list(
        TaxReturn.objects.filter(definition__in={r.definition_id for r in returns})
        .exclude(state="open")
        .exclude(pk__in=returns.ids)
        .order_by("starts_on")
    )
    for row in returns:
        after = next((x for x in later if x.definition_id == row.definition_id and x.starts_on > row.ends_on), None)
        if after is not None:
            raise LaterReturnFiled(document=str(row), later=str(after), rows=rows_json([row]))
    _keep_former(returns)
    for row in returns:
        row.state, row.filed_on, row.interest, row.payable, row.brought_forward = "open", None, ZERO, ZERO, ZERO
    # The state first: the amounts of a filed return never change.
    returns.save("state", "filed_on", "interest", "payable", "brought_forward")
    ReturnAmount.objects.filter(tax_return__in=returns.ids).delete()


def _keep_former(returns: DocumentSet[TaxReturn]) -> None:
    declared: dict[int, dict[str, str]] = {row.pk: {} for row in returns}
    for key, box, amount in (
        ReturnAmount.objects.filter(tax_return__in=returns.ids).order_by("position").values_list("tax_return_id", "box", "amount")
    ):
        declared[key][box] = f"{amount:f}"
    before = dict(
        FormerFiling.objects.filter(tax_return__in=returns.ids).order_by().values_list("tax_return").annotate(last=Max("position"))
    )
    insert_rows(
        FormerFiling,
        [
            FormerFiling(
                tax_return=row, position=before.get(row.pk, 0) + 1, filed_on=row.filed_on, payable=row.payable,
                amounts=declared[row.pk], reason=returns.reason,
            )
            for row in returns
        ],
    )  # fmt: skip


@action(
    TaxReturn,
    moves={"open": "open"},
    permission="tax.reopen_return",
    name="count_late",
    title=_("Count late lines here"),
    needs_reason=True,
    done=_("Late lines counted"),
)
def count_late(returns: DocumentSet[TaxReturn]) -> None:
    """Bring lines of the return's days that count in a later return, because they came after it was filed, back into this one.

    For a return that was reopened to be corrected. The later return must be open.
    """
    rows = list(TaxReturn.objects.filter(pk__in=returns.ids).select_related("definition", "company").order_by("pk"))
    late = late_entries(rows)
    if not late:
        raise NothingLate(document=_period(rows[0]), rows=rows_json(rows))
    restate(late)


@action(TaxReturn, moves={"filed": "settled"}, permission="tax.settle_return", title=_("Settle"), done=_("Settled"))
def settle(returns: DocumentSet[TaxReturn], *, on: date) -> None:
    """Move the tax accounts of filed returns to the authority's account, with the interest; a credit stays there for the next return.
    A return without tax has nothing to move, and is settled without an entry."""
    sums = tax_account_sums(TaxReturn.objects.filter(pk__in=returns.ids).select_related("definition").order_by("pk"))
    drafts, moved = [], []
    for row in returns:
        lines = settlement_of(sums[row.pk], row.interest)
        if not lines:
            continue
        moved.append(row)
        memo = f"{row._meta.verbose_name} {row.number}"
        drafts.append(
            EntryDraft(row.company_id, "general", on, memo, lines, (TaxReturn._meta.db_table, row.pk), late_reason=returns.reason or memo)
        )
    entries = ledger.post(drafts, actor=returns.actor)
    record_other(entries)
    for row, entry in zip(moved, entries, strict=True):
        row.entry = entry
    returns.save_with_state("entry")


def settlement_of(accounts: Sequence[tuple[int, Decimal]], interest: Decimal) -> list[LineDraft]:
    """Clear each tax account; the authority's account takes the difference, and the interest that stands against its expense. Pure."""
    sums: dict[int, Decimal] = {}
    for account, amount in accounts:
        sums[account] = sums.get(account, ZERO) + amount
    lines = [LineDraft(account, -amount) for account, amount in sums.items() if amount]
    if interest:
        lines.append(LineDraft("interest_expense", interest))
    owed = sum((line.amount for line in lines), ZERO)
    return [*lines, LineDraft("vat_settlement", -owed)] if owed else lines


@action(
    TaxReturn,
    moves={"settled": "filed"},
    permission="tax.settle_return",
    name="unsettle",
    title=_("Take the settlement back"),
    needs_reason=True,
    dangerous=True,
    done=_("Taken back"),
)
def unsettle(returns: DocumentSet[TaxReturn], *, on: date) -> None:
    """Write the mirror of the settlement entries; the returns stay filed."""
    originals = entries_of([row for row in returns if row.entry_id])
    mirror(ledger.post(ledger.reversal_of(originals, on=on, memo=returns.reason, late_reason=returns.reason), actor=returns.actor))
    for row in returns:
        row.entry = None
    returns.save_with_state("entry")
