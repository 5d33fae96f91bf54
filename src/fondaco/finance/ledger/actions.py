"""The verbs of the ledger: post and reverse manual entries, open and close periods and years."""

import calendar
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post, reversal_of
from fondaco.finance.ledger.models import FiscalYear, JournalVoucher, JournalVoucherLine, Period, PeriodState, Subledger
from fondaco.finance.ledger.refusals import Unbalanced
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO


@action(JournalVoucher, moves={"draft": "posted"}, permission="ledger.post_voucher", name="post", title=_("Post"), done=_("Posted"))
def post_voucher(vouchers: DocumentSet[JournalVoucher]) -> None:
    """Post manual journal entries: number them and write them into the ledger."""
    lines: dict[int, list[JournalVoucherLine]] = {v.pk: [] for v in vouchers}
    for line in JournalVoucherLine.objects.filter(voucher__in=vouchers.ids).order_by("voucher_id", "position", "id"):
        lines[line.voucher_id].append(line)
    for voucher in vouchers:
        difference = sum((ln.debit - ln.credit for ln in lines[voucher.pk]), ZERO)
        if difference:
            raise Unbalanced(difference=difference, rows=[{"id": str(voucher.pk), "document": str(voucher)}])
    vouchers.number()
    entries = post((entry_of(v, lines[v.pk], vouchers.reason) for v in vouchers), actor=vouchers.actor)
    for voucher, entry in zip(vouchers, entries, strict=True):
        voucher.entry = entry
    vouchers.save("entry")


def entry_of(voucher: JournalVoucher, lines: list[JournalVoucherLine], reason: str) -> EntryDraft:
    """A voucher as it will stand in the ledger."""
    return EntryDraft(
        company=voucher.company_id,
        journal=voucher.journal_id,
        on=voucher.on,
        memo=voucher.memo,
        source=(JournalVoucher._meta.db_table, voucher.pk),
        late_reason=reason,
        lines=[
            LineDraft(
                ln.account_id,
                ln.debit - ln.credit,
                party=ln.party_id,
                due_on=ln.due_on,
                memo=ln.memo,
                dimensions=tuple(sorted(map(int, ln.dimension_values))),
            )
            for ln in lines
        ],
    )


@action(
    JournalVoucher,
    moves={"posted": "reversed"},
    permission="ledger.reverse_voucher",
    name="reverse",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse_voucher(vouchers: DocumentSet[JournalVoucher], *, on: date) -> None:
    """Write the mirror entries of posted vouchers, dated ``on``; both stay linked."""
    entries = [v.entry for v in JournalVoucher.objects.filter(pk__in=vouchers.ids).select_related("entry").order_by("pk") if v.entry]
    post(
        reversal_of(entries, on=on, memo=vouchers.reason, late_reason=vouchers.reason),
        actor=vouchers.actor,
    )


@action(PeriodState, moves={"open": "soft_closed"}, permission="ledger.close_period", title=_("Soft-close"))
def soft_close(states: DocumentSet[PeriodState]) -> None:
    """Soft-close periods: from now on, posting into them needs a right and a reason."""


@action(PeriodState, moves={"open": "closed", "soft_closed": "closed"}, permission="ledger.close_period", title=_("Close"), dangerous=True)
def close(states: DocumentSet[PeriodState]) -> None:
    """Close periods: nothing can be posted into them any more."""


@action(
    PeriodState,
    moves={"closed": "open", "soft_closed": "open"},
    permission="ledger.reopen_period",
    title=_("Reopen"),
    needs_reason=True,
    dangerous=True,
)
def reopen(states: DocumentSet[PeriodState]) -> None:
    """Open closed periods again; the reason is kept in the history."""


def open_fiscal_year(company: Company, year: int, *, actor: Actor) -> FiscalYear:
    """Make the fiscal year that starts in ``year``, with twelve monthly periods, all subledgers open."""
    start = date(year, company.fiscal_year_start_month, 1)
    end = date(year + 1, company.fiscal_year_start_month, 1) - timedelta(days=1)
    name = str(year) if company.fiscal_year_start_month == 1 else f"{year}-{(year + 1) % 100:02d}"
    fiscal_year = FiscalYear.objects.create(company=company, name=name, starts_on=start, ends_on=end)
    periods = []
    for step in range(12):
        month = (company.fiscal_year_start_month - 1 + step) % 12 + 1
        in_year = year + (company.fiscal_year_start_month - 1 + step) // 12
        last = calendar.monthrange(in_year, month)[1]
        periods.append(
            Period(
                company=company,
                fiscal_year=fiscal_year,
                name=f"{in_year}-{month:02d}",
                starts_on=date(in_year, month, 1),
                ends_on=date(in_year, month, last),
            )
        )
    insert_rows(Period, periods)
    insert_rows(PeriodState, [PeriodState(period=p, subledger=s) for p in periods for s in Subledger.values])
    return fiscal_year


@action(Company, permission="ledger.open_year", name="open_year", title=_("Open fiscal year"))
def open_year(companies: DocumentSet[Company], *, year: int) -> None:
    """Open the fiscal year that starts in ``year``, with twelve periods, for every company given."""
    companies.made["fiscal-years"] = [open_fiscal_year(company, year, actor=companies.actor).pk for company in companies]
