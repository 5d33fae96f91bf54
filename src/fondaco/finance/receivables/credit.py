"""Credit: what a customer's exposure is, whether a paper may go on, and the log of holds and releases (AR-03).

Rooms above say what they add to exposure (``contributes``) and ask before a paper goes on (``judge``). Exposure is computed when it is
asked for, one statement for any set of customers, never kept. The limits are locked while it is judged, so that two orders at
once cannot both slip under one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables.candidates import DISPUTED
from fondaco.finance.receivables.models import CreditDecision, CreditLimit
from fondaco.finance.receivables.refusals import NotBySameHand, OnCreditHold, ReleasedTooLittle
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateTable, rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit.models import Change
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import worded
from fondaco.platform.money import ZERO, priced

#: The parts of exposure, in the order in which they are shown.
PARTS: dict[str, Any] = {"owed": _("Owed"), "unapplied": _("Paid ahead, not applied"), "disputed": _("Disputed")}
#: Each a SELECT of company_id, party_id, part, amount (company currency, what raises exposure positive) that joins ``asked``.
CONTRIBUTIONS: list[str] = [
    """
    select i.company_id, i.party_id, case when i.open_amount < 0 then 'unapplied' else 'owed' end, i.open_base_amount
    from asked a join ledger_openitem i on i.company_id = a.company_id and i.party_id = a.party_id and i.control = 'receivable' and i.closed_on is null
    """,
    f"""
    select i.company_id, i.party_id, 'disputed', -round(i.open_base_amount * z.amount / i.open_amount, 2)
    from asked a join ledger_openitem i on i.company_id = a.company_id and i.party_id = a.party_id and i.control = 'receivable' and i.closed_on is null
    join {DISPUTED} z on z.item_id = i.id
    """,
]


def contributes(parts: Mapping[str, Any], sql: str) -> None:
    """Let a room above add parts of exposure: their titles by name, and the SELECT that gives their amounts for ``asked``."""
    PARTS.update(parts)
    CONTRIBUTIONS.append(sql)


@dataclass(frozen=True)
class Standing:
    """What a customer's credit is at this moment, in company currency."""

    limit: CreditLimit
    parts: Mapping[str, Decimal]
    oldest_due_on: date | None

    @property
    def exposure(self) -> Decimal:
        return sum(self.parts.values(), ZERO) - self.limit.insured

    @property
    def left(self) -> Decimal:
        return self.limit.amount - self.exposure

    def overdue_days(self, on: date) -> int:
        return max((on - self.oldest_due_on).days, 0) if self.oldest_due_on else 0

    def is_too_late(self, on: date) -> bool:
        return self.limit.days_overdue is not None and self.overdue_days(on) > self.limit.days_overdue


STANDINGS = """
with asked as (
  select c.company_id, c.party_id, c.amount, c.insured, c.days_overdue, c.is_blocked from receivables_creditlimit c
  join (select distinct * from unnest(%(companies)s::bigint[], %(parties)s::bigint[]) as x(company_id, party_id)) w using (company_id, party_id)
),
  part (company_id, party_id, part, amount) as ({parts})
select company_id, party_id, part, sum(amount), null::date from part group by 1, 2, 3
union all
select a.company_id, a.party_id, '', 0, min(i.due_on) from asked a join ledger_openitem i on i.company_id = a.company_id and i.party_id = a.party_id
  and i.control = 'receivable' and i.closed_on is null and i.open_base_amount > 0
  left join {disputed} z on z.item_id = i.id where i.open_amount > coalesce(z.amount, 0) group by 1, 2
union all
select company_id, party_id, '=' || name, figure, null from asked
  cross join lateral (values ('amount', amount), ('insured', insured), ('days_overdue', days_overdue), ('is_blocked', is_blocked::int)) v (name, figure)
"""


def standings(limits: Iterable[CreditLimit]) -> dict[tuple[int, int], Standing]:
    """The credit of the customers of ``limits``, by company and customer; one statement, whatever their number."""
    wanted = {(limit.company_id, limit.party_id): limit for limit in limits}
    read = _read(wanted)
    return {key: Standing(limit, *read[key][:2]) for key, limit in wanted.items()}


def standing_of(company: int, party: int) -> Standing | None:
    """The credit of one customer, limit and all in one statement; nothing is computed for one without a limit."""
    parts, oldest, figures = _read([(company, party)])[company, party]
    if "amount" not in figures:
        return None
    days = figures["days_overdue"]
    limit = CreditLimit(
        company_id=company,
        party_id=party,
        amount=figures["amount"],
        insured=figures["insured"],
        days_overdue=None if days is None else int(days),
        is_blocked=bool(figures["is_blocked"]),
    )
    return Standing(limit, parts, oldest)


def _read(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[dict[str, Decimal], date | None, dict[str, Decimal]]]:
    """Parts of exposure, the oldest due date, and the figures of the limit, by company and customer."""
    wanted = list(keys)
    sums: dict[tuple[int, int], dict[str, Decimal]] = {key: dict.fromkeys(PARTS, ZERO) for key in wanted}
    oldest: dict[tuple[int, int], date] = {}
    figures: dict[tuple[int, int], dict[str, Decimal]] = {key: {} for key in wanted}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                STANDINGS.format(parts=" union all ".join(CONTRIBUTIONS), disputed=DISPUTED),
                {"companies": [c for c, _p in wanted], "parties": [p for _c, p in wanted]},
            )
            for company, party, part, amount, due_on in cursor.fetchall():
                if part.startswith("="):
                    figures[company, party][part[1:]] = amount
                elif part:
                    sums[company, party][part] = amount
                elif due_on:
                    oldest[company, party] = due_on
    return {key: (sums[key], oldest.get(key), figures[key]) for key in wanted}


@dataclass(frozen=True)
class Paper:
    """A paper that wants to go on: whose, which one, and what it comes to (without a currency: in the company's).

    ``adds`` when that is not in the exposure yet.
    """

    company: int
    party: int
    source: tuple[str, int]
    document: str
    amount: Decimal
    currency: str
    adds: bool = True


def warning(company: int, party: int, on: date) -> str:
    """What somebody who works on a paper of this customer should know of his credit; empty when all is well or nobody set a limit."""
    limit = CreditLimit.objects.filter(company=company, party=party).select_related("party", "company").first()
    if limit is None:
        return ""
    (standing,) = standings([limit]).values()
    figures = {"customer": limit.party, "currency": limit.company.currency_id, "days": standing.overdue_days(on)}
    if limit.is_blocked:
        return worded(_("{customer} is blocked: nothing goes on without a release."), **figures)
    if standing.left < 0:
        said = _("{customer} is over the credit limit by {over} {currency} (exposure {exposure}, limit {limit}).")
        return worded(said, **figures, over=priced(-standing.left), exposure=priced(standing.exposure), limit=priced(limit.amount))
    if standing.is_too_late(on):
        return worded(_("{customer} is overdue by {days} days, more than is allowed."), **figures)
    return ""


@dataclass(frozen=True)
class Verdict:
    """What was found about a paper that may not go on."""

    paper: Paper
    amount: Decimal
    standing: Standing


def judge(papers: Sequence[Paper], *, stage: str, on: date, decision: str = "held") -> list[Verdict]:
    """The papers that credit stops, each logged as ``decision``; the others count at once for those after them.

    Locks the limits in key order. A paper released for its amount passes. Customers without a limit are not checked. Statements
    do not grow with the papers.
    """
    stopped = _stopped(papers, on)
    insert_rows(CreditDecision, [_decision(v, stage, decision, on) for v in stopped])
    return stopped


def refuse_stopped(papers: Sequence[Paper], *, stage: str, on: date) -> None:
    """Refuse papers that credit stops and nobody released. Raises OnCreditHold with the figures."""
    stopped = _stopped(papers, on)
    if stopped:
        first = stopped[0]
        raise OnCreditHold(
            document=first.paper.document,
            customer=first.standing.limit.party,
            exposure=priced(first.standing.exposure),
            limit=priced(first.standing.limit.amount),
            days=first.standing.overdue_days(on),
            rows=[{"id": str(v.paper.source[1]), "document": v.paper.document} for v in stopped[:20]],
        )


def _stopped(papers: Sequence[Paper], on: date) -> list[Verdict]:
    limits = _locked({p.party for p in papers}, {p.company for p in papers})
    if not limits:
        return []
    checked = [p for p in papers if (p.company, p.party) in limits]
    companies = Company.objects.in_bulk({p.company for p in checked})
    rates = {pk: rate_table(c, {p.currency for p in checked if p.company == pk and p.currency}) for pk, c in companies.items()}
    released = _released(checked)
    found = standings(limits[p.company, p.party] for p in checked)
    more: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    stopped = []
    for paper in checked:
        key = (paper.company, paper.party)
        standing = found[key]
        amount = _in_base(paper, rates, on)
        adds = amount if paper.adds else ZERO
        over = standing.exposure + more[key] + adds > standing.limit.amount
        if (over or standing.is_too_late(on) or standing.limit.is_blocked) and released.get(paper.source, ZERO) < amount:
            stopped.append(Verdict(paper, amount, standing))
        else:
            more[key] += adds
    return stopped


def _in_base(paper: Paper, rates: Mapping[int, RateTable], on: date) -> Decimal:
    return rates[paper.company].to_base(paper.amount, paper.currency, on) if paper.currency else paper.amount


def _locked(parties: set[int], companies: set[int]) -> dict[tuple[int, int], CreditLimit]:
    rows = CreditLimit.objects.filter(party__in=parties, company__in=companies).select_related("party", "company")
    return {(r.company_id, r.party_id): r for r in rows.select_for_update(of=("self",)).order_by("pk")}


def _released(papers: Sequence[Paper]) -> dict[tuple[str, int], Decimal]:
    """Up to which amount each paper was released, the largest release counting."""
    rows = CreditDecision.objects.filter(
        decision="released", source_table__in={p.source[0] for p in papers}, source_id__in=[p.source[1] for p in papers]
    )
    most: dict[tuple[str, int], Decimal] = {}
    parties = {p.source: p.party for p in papers}
    for table, key, party, amount in rows.values_list("source_table", "source_id", "party_id", "amount"):
        # A release is for the customer it was given for: a paper that was turned to another one since has none.
        if parties.get((table, key)) == party:
            most[table, key] = max(amount, most.get((table, key), ZERO))
    return most


def _decision(verdict: Verdict, stage: str, decision: str, on: date, reason: str = "", amount: Decimal | None = None) -> CreditDecision:
    paper, standing = verdict.paper, verdict.standing
    return CreditDecision(
        company_id=paper.company,
        party_id=paper.party,
        source_table=paper.source[0],
        source_id=paper.source[1],
        document=paper.document,
        stage=stage,
        decision=decision,
        amount=verdict.amount if amount is None else amount,
        exposure=standing.exposure,
        credit_limit=standing.limit.amount,
        overdue_days=standing.overdue_days(on),
        reason=reason,
    )


def release(
    papers: Sequence[Paper],
    *,
    stage: str,
    on: date,
    reason: str,
    actor: Actor,
    entered_by: Mapping[int, Iterable[str]],
    amount: Decimal | None = None,
) -> None:
    """Let papers go on in spite of credit, up to ``amount`` (company currency; their own when not given), logged with the reason.

    Nobody releases what he entered or changed (duty pair 12), whatever his rights: ``entered_by`` names, by key of the paper, who
    wrote it; its history says who changed it.
    """
    hands: dict[int, set[str]] = defaultdict(set, {key: set(names) for key, names in entered_by.items()})
    tables, keys = {p.source[0] for p in papers}, [p.source[1] for p in papers]
    changes = Change.objects.filter(table_name__in=tables, row_id__in=keys).exclude(verb__endswith=".approve_credit")
    for key, name in changes.values_list("row_id", "actor"):
        hands[key].add(name)
    own = [p for p in papers if actor.username in hands[p.source[1]]]
    if own:
        raise NotBySameHand(document=own[0].document, who=actor.name or actor.username)
    limits = _locked({p.party for p in papers}, {p.company for p in papers})
    found = standings(limits.values())
    companies = Company.objects.in_bulk({p.company for p in papers})
    rates = {pk: rate_table(c, {p.currency for p in papers if p.company == pk and p.currency}) for pk, c in companies.items()}
    rows = []
    for paper in papers:
        standing = found.get((paper.company, paper.party)) or Standing(
            CreditLimit(company_id=paper.company, party_id=paper.party, amount=ZERO), {}, None
        )
        own_amount = _in_base(paper, rates, on)
        if amount is not None and amount < own_amount:
            raise ReleasedTooLittle(document=paper.document, needed=priced(own_amount), amount=priced(amount))
        rows.append(_decision(Verdict(paper, own_amount, standing), stage, "released", on, reason, amount))
    insert_rows(CreditDecision, rows)
