"""Determining tax: which code applies to a sale, at which rate, and the rule that said so (TX-01, TX-03)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.models import Control, JournalEntry, JournalLine, JournalVoucher, OpenItem, Settlement, SettlementPart
from fondaco.finance.ledger.queries import accounts_for
from fondaco.finance.ledger.refusals import PurposeMissing
from fondaco.finance.tax.declaring import Circumstances, Declaration, Group, declare, fits, interest_of
from fondaco.finance.tax.models import ReturnBox, ReturnDefinition, TaxCode, TaxEntry, TaxRate, TaxRegime, TaxReturn, TaxRule, TaxStanding
from fondaco.finance.tax.posting import CodeFacts, TaxedDocument, Waiting
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of, union
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.knowing import known, shared
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import rounded


class NoTaxRule(UserError):
    code, status = "tax.no_rule", 409
    message = _(
        "No tax rule of {company} covers a {kind} to a buyer “{buyer}” of a product taxed “{product_class}” on {on}. Add one under Set up > Tax rules, or choose the tax code on the line."
    )


class NoPurchaseRule(UserError):
    code, status = "tax.no_purchase_rule", 409
    message = _(
        "No tax rule of {company} covers a purchase from a vendor “{vendor}” of a product taxed “{product_class}” on {on}. Enter the vendor's country and VAT number, add a rule under Set up > Tax rules, or choose the tax code on the line."
    )


class NoTaxRate(UserError):
    code, status = "tax.no_rate", 409
    message = _("Tax code {tax_code} has no rate on {on}. Add the rate with its dates under Set up > Tax codes.")


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """What decides the tax: the other party's country and whether he has a VAT number, the product's class, the date of supply, where
    goods leave and arrive. Left out, a sale leaves the company's country and arrives in the buyer's, and a purchase the other way round."""

    country: str
    has_vat_number: bool
    product_class: str
    on: date
    kind: str = "sale"
    ship_from: str = ""
    ship_to: str = ""
    is_public_body: bool = False


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """The code, its rate in percent on the day, and the sentence of the rule that fired."""

    tax_code: TaxCode
    rate: Decimal
    explanation: str
    rule: TaxRule


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer to a question: it matched, or what it asked for and found instead (name of the condition, asked, found)."""

    rule: TaxRule
    misses: tuple[tuple[str, str, str], ...]

    @property
    def matches(self) -> bool:
        return not self.misses


@dataclass
class TaxTable:
    """Codes, rates, rules and standings, read once and then asked any number of times."""

    company: Company
    codes: dict[int, TaxCode]
    rates: dict[int, list[TaxRate]]
    rules: list[TaxRule]
    eu: frozenset[str]
    standings: dict[int, list[TaxStanding]]

    def determine(self, question: TaxQuestion, language: str = "en") -> TaxAnswer:
        """The first rule by priority that matches; raises NoTaxRule or NoTaxRate."""
        for rule in self.rules:
            if rule.kind == question.kind and not self.verdict(rule, question).misses:
                sentence = rule.explanation_it if language == "it" and rule.explanation_it else rule.explanation
                return TaxAnswer(self.codes[rule.tax_code_id], self.rate(rule.tax_code_id, question.on), sentence, rule)
        buyer = self.buyer(question)
        if question.kind == "purchase":
            raise NoPurchaseRule(company=self.company, vendor=buyer, product_class=question.product_class, on=question.on)
        raise NoTaxRule(company=self.company, kind=question.kind, buyer=buyer, product_class=question.product_class, on=question.on)

    def verdicts(self, question: TaxQuestion) -> list[Verdict]:
        """What every rule of the kind says, in the order in which they are asked; the first that matches is the one that fires."""
        return [self.verdict(rule, question) for rule in self.rules if rule.kind == question.kind]

    def verdict(self, rule: TaxRule, question: TaxQuestion) -> Verdict:
        """What a rule asks for that the question does not give."""
        buyer = self.buyer(question)
        buyers = {buyer, "domestic"} if buyer == "public_body" else {buyer}
        ship_from, ship_to = self.way(question)
        asked = (
            ("buyer", rule.buyer, buyer, rule.buyer in buyers),
            ("buyer_country", rule.buyer_country, question.country, rule.buyer_country == question.country),
            ("product_class", rule.product_class, question.product_class, rule.product_class == question.product_class),
            ("ship_from", rule.ship_from, ship_from, rule.ship_from == ship_from),
            ("ship_to", rule.ship_to, ship_to, rule.ship_to == ship_to),
            ("valid_from", str(rule.valid_from or ""), str(question.on), rule.valid_from is None or rule.valid_from <= question.on),
            ("valid_to", str(rule.valid_to or ""), str(question.on), rule.valid_to is None or question.on <= rule.valid_to),
        )
        return Verdict(rule, tuple((name, wanted, found) for name, wanted, found, met in asked if wanted and not met))

    def way(self, question: TaxQuestion) -> tuple[str, str]:
        """Where goods leave and arrive: as said, else between the company and the other party."""
        home = self.company.country_id
        there = question.country or home
        leave, arrive = (home, there) if question.kind == "sale" else (there, home)
        return question.ship_from or leave, question.ship_to or arrive

    def question(
        self, party: Party, product_class: str, on: date, *, ship_from: str = "", ship_to: str = "", kind: str = "sale"
    ) -> TaxQuestion:
        """What is asked for a party and a product on a day."""
        public = any(s.valid_from <= on and (s.valid_to is None or on <= s.valid_to) for s in self.standings.get(party.pk, ()))
        return TaxQuestion(party.country_id or "", bool(party.vat_number), product_class, on, kind, ship_from, ship_to, public)

    def rate(self, tax_code: int, on: date) -> Decimal:
        """The rate of a code on a day, in percent."""
        for row in self.rates.get(tax_code, ()):
            if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
                return row.rate
        raise NoTaxRate(tax_code=self.codes[tax_code].code if tax_code in self.codes else tax_code, on=on)

    def buyer(self, question: TaxQuestion) -> str:
        """Where the buyer stands seen from the company."""
        home = self.company.country_id
        if question.country in ("", home):
            return "public_body" if question.is_public_body else "domestic"
        if question.country in self.eu and home in self.eu:
            return "eu_business" if question.has_vat_number else "eu_consumer"
        return "outside_eu"


def tax_tables(companies: Iterable[Company], *, parties: Collection[Party]) -> dict[int, TaxTable]:
    """What can answer for ``parties``, by company; one statement, and what seldom changes from memory.

    A company that sells under the one stop shop has a rule and a code for every member state; of these only few can apply.
    """
    countries = {"", *(p.country_id or "" for p in parties)}
    standings = TaxStanding.objects.filter(party__in=[p.pk for p in parties])
    return _tables(companies, standings, countries)


def tax_table(company: Company) -> TaxTable:
    """Everything that determines the company's taxes, to ask about any buyer."""
    return _tables([company], TaxStanding.objects.all())[company.pk]


def _tables(
    companies: Iterable[Company], standings: QuerySet[TaxStanding], countries: Collection[str] | None = None
) -> dict[int, TaxTable]:
    by_party: dict[int, list[TaxStanding]] = {}
    for standing in standings.order_by("party_id", "valid_from"):
        by_party.setdefault(standing.party_id, []).append(standing)
    codes, rules = _codes(), _rules()
    return {
        c.pk: TaxTable(
            c,
            codes.get(c.pk, {}),
            _rates(),
            [r for r in rules.get(c.pk, ()) if countries is None or r.buyer_country in countries],
            union(),
            by_party,
        )
        for c in companies
    }


@known
def _rules() -> dict[int, list[TaxRule]]:
    """Rules by company, in the order in which they are asked."""
    rules: dict[int, list[TaxRule]] = {}
    for rule in TaxRule.objects.order_by("company_id", "priority"):
        rules.setdefault(rule.company_id, []).append(shared(rule))
    return rules


@known
def _codes() -> dict[int, dict[int, TaxCode]]:
    """Codes by company and key."""
    codes: dict[int, dict[int, TaxCode]] = {}
    for code in TaxCode.objects.all():
        codes.setdefault(code.company_id, {})[code.pk] = shared(code)
    return codes


@known
def _rates() -> dict[int, list[TaxRate]]:
    """Rates by tax code, the earliest first."""
    rates: dict[int, list[TaxRate]] = {}
    for rate in TaxRate.objects.order_by("tax_code_id", "valid_from"):
        rates.setdefault(rate.tax_code_id, []).append(shared(rate))
    return rates


@known
def _regimes() -> dict[int, list[TaxRegime]]:
    """VAT regimes by company, the latest first."""
    regimes: dict[int, list[TaxRegime]] = {}
    for regime in TaxRegime.objects.order_by("company_id", "-valid_from"):
        regimes.setdefault(regime.company_id, []).append(shared(regime))
    return regimes


#: The account that takes the tax of a code which names none, by the code's kind; and of tax that waits for the payment.
DEFAULT_PURPOSE = {"sale": "vat_output", "purchase": "vat_input"}
DEFERRED_PURPOSE = {"sale": "vat_output_deferred", "purchase": "vat_input_deferred"}


def code_facts(wanted: Collection[tuple[int, int]]) -> dict[int, CodeFacts]:
    """What posting needs of tax codes, given as (company, code); from memory."""
    codes = _codes()
    defaults = accounts_for({company for company, _code in wanted}, DEFAULT_PURPOSE.values())
    facts = {}
    for company, key in sorted(wanted):
        code = codes[company][key]
        account = code.account_id or defaults.get((company, DEFAULT_PURPOSE[code.kind]))
        if account is None:
            raise PurposeMissing(company=code.company, what="account", purpose=DEFAULT_PURPOSE[code.kind], place="Accounts")
        facts[key] = CodeFacts(code.treatment, account, code.reverse_charge_account_id, code.deductible_percent, code.document_type)
    return facts


def regimes_of(companies: Collection[int]) -> dict[int, list[TaxRegime]]:
    """The VAT regimes of companies, the latest first; from memory."""
    regimes = _regimes()
    return {company: regimes.get(company, []) for company in companies}


def regime_on(regimes: Sequence[TaxRegime], on: date) -> TaxRegime | None:
    """The regime of a day."""
    return next((r for r in regimes if r.valid_from <= on and (r.valid_to is None or on <= r.valid_to)), None)


def deferring(documents: Sequence[TaxedDocument]) -> dict[int, int]:
    """The account of the tax that waits for the payment, by the place of the document; one statement where any waits.

    Tax waits in a company that accounts for VAT on payment: that of its purchases, and of its sales to businesses at home (art. 32-bis
    DL 83/2012), which are known by their VAT number.
    """
    regimes = regimes_of({d.company for d in documents})
    waiting = {
        place: d for place, d in enumerate(documents) if (regime := regime_on(regimes[d.company], d.tax_point)) and regime.cash_basis
    }
    if not waiting:
        return {}
    companies = companies_of({d.company for d in waiting.values()})
    parties = Party.objects.in_bulk({d.party for d in waiting.values() if d.party and d.kind == "sale"})
    accounts = accounts_for(companies, DEFERRED_PURPOSE.values())
    found = {}
    for place, d in waiting.items():
        party = parties.get(d.party or 0)
        home = companies[d.company].country_id
        if d.kind == "sale" and not (party and party.vat_number and party.country_id in (None, home)):
            continue
        account = accounts.get((d.company, DEFERRED_PURPOSE[d.kind]))
        if account is None:
            raise PurposeMissing(company=companies[d.company], what="account", purpose=DEFERRED_PURPOSE[d.kind], place="Accounts")
        found[place] = account
    return found


def tax_lines_of(entries: Iterable[int]) -> list[tuple[int, int, Decimal]]:
    """Entry, account and amount of the lines on tax accounts; one statement."""
    rows = JournalLine.objects.filter(entry__in=list(entries), account__control=Control.TAX).order_by("entry_id", "position")
    return list(rows.values_list("entry_id", "account_id", "amount"))


def entries_of(vouchers: Sequence[JournalVoucher]) -> list[JournalEntry]:
    """The journal entries of manual entries; one statement."""
    return list(JournalEntry.objects.filter(pk__in=[v.entry_id for v in vouchers]).order_by("pk"))


def mirrors_of(entries: Iterable[int | None]) -> list[JournalEntry]:
    """The entries that reverse ``entries``; one statement."""
    return list(JournalEntry.objects.filter(reverses__in=[key for key in entries if key]).order_by("pk"))


def reversals_of(vouchers: Sequence[JournalVoucher]) -> list[JournalEntry]:
    """The entries that reverse manual entries; one statement."""
    return mirrors_of(v.entry_id for v in vouchers)


@dataclass(frozen=True, slots=True)
class Paid:
    """How much of a journal entry's open items is settled, in their currency, and the day of the last settlement."""

    settled: Decimal
    total: Decimal
    on: date


def paid_by(settlements: Sequence[Settlement]) -> dict[int, Paid]:
    """What the entries whose items were just settled (or unsettled) stand at, by entry; two statements."""
    day = {s.pk: s.on for s in settlements}
    parts = SettlementPart.objects.filter(settlement__in=list(day)).values_list("settlement_id", "item__entry_id")
    last: dict[int, date] = {}
    for settlement, entry in parts:
        last[entry] = max(last.get(entry, day[settlement]), day[settlement])
    sums: dict[int, list[Decimal]] = {entry: [Decimal(0), Decimal(0)] for entry in last}
    for entry, amount, left in OpenItem.objects.filter(entry__in=list(last)).values_list("entry_id", "amount", "open_amount"):
        sums[entry][0] += amount - left
        sums[entry][1] += amount
    return {entry: Paid(settled, total, last[entry]) for entry, (settled, total) in sums.items()}


def deferred_entries(rows: QuerySet[TaxEntry]) -> list[tuple[TaxEntry, Waiting]]:
    """The deferred tax entries among ``rows``, each with what of it became chargeable; two statements.

    Left out are documents that were reversed before anything of them became chargeable, and the mirrors of these.
    """
    waiting = list(
        rows.filter(chargeable=TaxEntry.DEFERRED, releases=None)
        .select_related("company__currency", "tax_code", "reversed_by")
        .order_by("id")
    )
    keys = [row.pk for row in waiting] + [row.reverses_id for row in waiting if row.reverses_id]
    so_far: dict[int, list[Decimal]] = {}
    for key, *amounts in TaxEntry.objects.filter(releases__in=keys, chargeable=TaxEntry.NOW).values_list(
        "releases_id", "base", "tax", "non_deductible"
    ):
        sums = so_far.setdefault(key, [Decimal(0)] * 3)
        for place, amount in enumerate(amounts):
            sums[place] += amount
    found = []
    for row in waiting:
        cancelled = hasattr(row, "reversed_by") and not any(so_far.get(row.pk, ()))
        mirrors_nothing = row.reverses_id and not any(so_far.get(row.reverses_id, ()))
        if not cancelled and not mirrors_nothing:
            done = so_far.get(row.pk, [Decimal(0)] * 3)
            found.append((row, Waiting(row.pk, row.base, row.tax, row.non_deductible, *done)))
    return found


GROUPS = """
select r.id, case when t.kind = 'sale' and c.kind = 'purchase' then 'self_assessed' else t.kind end as kind, coalesce(c.code, ''), t.tax_code_id, t.rate, t.chargeable,
  t.base, t.tax, t.non_deductible, t.amount, t.entries, t.late
from unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) as r(id, company, first, last)
cross join lateral (
  select kind, tax_code_id, rate, chargeable, sum(base) as base, sum(tax) as tax, sum(non_deductible) as non_deductible, sum(amount) as amount,
    sum(entries)::bigint as entries, sum(late)::bigint as late
  from tax_taxtotal where company_id = r.company and reported_on between r.first and r.last group by 1, 2, 3, 4) t
left join tax_taxcode c on c.id = t.tax_code_id
where t.entries <> 0 or t.base <> 0 or t.tax <> 0 or t.amount <> 0
order by 1, 2, 3, 5, 6
"""


def groups_of(returns: Sequence[TaxReturn]) -> dict[int, list[Group]]:
    """The tax entries of returns summed by kind, code, rate and what is chargeable, by return; one statement over the kept totals."""
    found: dict[int, list[Group]] = {r.pk: [] for r in returns}
    with connection.cursor() as cursor:
        cursor.execute(
            GROUPS, [[r.pk for r in returns], [r.company_id for r in returns], [r.starts_on for r in returns], [r.ends_on for r in returns]]
        )
        for key, kind, code, *rest in cursor.fetchall():
            found[key].append(Group(kind, code, *rest))
    return found


def declarations(returns: Sequence[TaxReturn]) -> dict[int, Declaration]:
    """Returns worked out as they stand now, by key; constant statements. Of returns in a row the later take what the earlier leave."""
    boxes: dict[int, list[ReturnBox]] = {}
    for box in ReturnBox.objects.filter(definition__in={r.definition_id for r in returns}).order_by("definition_id", "position", "id"):
        boxes.setdefault(box.definition_id, []).append(box)
    definitions = ReturnDefinition.objects.in_bulk({r.definition_id for r in returns})
    companies = {c.pk: c for c in Company.objects.filter(pk__in={r.company_id for r in returns}).select_related("currency")}
    regimes = regimes_of(companies)
    filed: dict[int, list[tuple[date, Decimal]]] = {}
    for definition_key, ends_on, payable in (
        TaxReturn.objects.filter(definition__in=definitions)
        .exclude(state="open")
        .order_by("ends_on")
        .values_list("definition_id", "ends_on", "payable")
    ):
        filed.setdefault(definition_key, []).append((ends_on, payable))
    groups = groups_of(returns)
    found: dict[int, Declaration] = {}
    left: dict[int, list[tuple[date, Decimal]]] = {}
    for row in sorted(returns, key=lambda r: (r.definition_id, r.starts_on)):
        definition = definitions[row.definition_id]
        earlier = [(e, p) for e, p in sorted([*filed.get(row.definition_id, ()), *left.get(row.definition_id, ())]) if e < row.starts_on]
        last_on, last = earlier[-1] if earlier else (row.starts_on, Decimal(0))
        regime = regime_on(regimes[row.company_id], row.ends_on)
        given = Circumstances(
            brought_forward=last if definition.carries and last <= definition.minimum else Decimal(0),
            from_last_year=last_on.year < row.starts_on.year,
            interest_percent=interest_of(regime.frequency, regime.interest_percent, row.starts_on)
            if regime and not definition.frequency
            else Decimal(0),
            advance=row.advance_paid,
            decimals=companies[row.company_id].currency.decimals,
            paid_otherwise=row.paid_otherwise,
            credits_used=row.credits_used,
        )
        found[row.pk] = declare(definition, boxes.get(row.definition_id, []), groups[row.pk], given)
        left.setdefault(row.definition_id, []).append((row.ends_on, found[row.pk].payable))
    return found


def late_entries(returns: Sequence[TaxReturn]) -> list[TaxEntry]:
    """The entries whose tax point lies in the days of returns and which count in a later one, in key order; one statement.

    Those that were restated already are left out, and what restates them.
    """
    days = Q()
    for row in returns:
        days |= Q(company=row.company_id, tax_point__gte=row.starts_on, tax_point__lte=row.ends_on, reported_on__gt=row.ends_on)
    rows = TaxEntry.objects.filter(days, restates=None, restated_by=None).select_related("tax_code").order_by("id")
    return [entry for entry in rows if any(_is_of(entry, row) for row in returns)]


def _is_of(entry: TaxEntry, row: TaxReturn) -> bool:
    code = entry.tax_code.code if entry.tax_code else ""
    return entry.company_id == row.company_id and row.starts_on <= entry.tax_point <= row.ends_on and fits(code, row.definition.codes)


def filed_until(companies: Collection[int]) -> dict[int, list[tuple[str, date]]]:
    """By company, the codes of each return and the last day of them that is filed; one statement."""
    rows = (
        TaxReturn.objects.filter(company__in=list(companies))
        .exclude(state="open")
        .order_by("company_id", "definition_id")
        .values_list("company_id", "definition__codes")
        .annotate(last=Max("ends_on"))
    )
    found: dict[int, list[tuple[str, date]]] = {}
    for company, codes, last in rows:
        found.setdefault(company, []).append((codes, last))
    return found


def names_of_codes(keys: Collection[int]) -> dict[int, str]:
    """The codes of tax codes; one statement, none for none."""
    return dict(TaxCode.objects.filter(pk__in=list(keys)).values_list("pk", "code")) if keys else {}


def tax_account_sums(returns: Sequence[TaxReturn]) -> dict[int, list[tuple[int, Decimal]]]:
    """What the chargeable tax entries of returns left on each tax account, by return; one statement."""
    found: dict[int, list[tuple[int, Decimal]]] = {r.pk: [] for r in returns}
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.id, t.account_id, t.amount, coalesce(c.code, '') from unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) as r(id, company, first, last)"
            " cross join lateral (select account_id, tax_code_id, sum(amount) as amount from tax_taxtotal where company_id = r.company"
            " and reported_on between r.first and r.last and chargeable = 'now' and account_id is not null group by 1, 2) t"
            " left join tax_taxcode c on c.id = t.tax_code_id order by 1, 2",
            [[r.pk for r in returns], [r.company_id for r in returns], [r.starts_on for r in returns], [r.ends_on for r in returns]],
        )
        definitions = {r.pk: r.definition.codes for r in returns}
        for key, account, amount, code in cursor.fetchall():
            if fits(code, definitions[key]):
                found[key].append((account, amount))
    return found


def register_rows(tax_return: TaxReturn, kind: str) -> list[TaxEntry]:
    """The tax entries of the documents of a return's days and codes, as a register lists them; one statement."""
    rows = TaxEntry.objects.filter(company=tax_return.company_id, kind=kind, releases=None)
    rows = rows.filter(reported_on__gte=tax_return.starts_on, reported_on__lte=tax_return.ends_on)
    codes = tax_return.definition.codes
    return [row for row in rows.select_related("party", "tax_code").order_by("tax_point", "id") if fits(row.tax_code.code, codes)]


def register_sums(tax_return: TaxReturn, kind: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Totals by code and rate of the documents of a return's days, and of what became chargeable in them; two statements."""
    rows = TaxEntry.objects.filter(
        company=tax_return.company_id, kind=kind, reported_on__gte=tax_return.starts_on, reported_on__lte=tax_return.ends_on
    )
    head = ("tax_code__code", "tax_code__name", "tax_code__name_it", "rate")
    sums = {name: Sum(name) for name in ("base", "tax", "non_deductible")}
    documented, chargeable = (
        [
            row
            for row in rows.filter(**only)
            .order_by(*head)
            .values_list(*head)
            .annotate(b=sums["base"], t=sums["tax"], n=sums["non_deductible"])
            if fits(row[0], tax_return.definition.codes)
        ]
        for only in ({"releases": None}, {"chargeable": TaxEntry.NOW})
    )
    return documented, chargeable


def stamped(
    company: Company, first: date, last: date, *, naturas: Sequence[str], above: Decimal
) -> list[tuple[date, str, str, int, Decimal]]:
    """Sales of some days that bear stamp duty: date, number, document's table and key, and what is not taxed on it; one statement.

    Those whose amounts of the given naturas come to more than ``above``; credit notes bear it too.
    """
    rows = TaxEntry.objects.filter(
        company=company, kind="sale", reverses=None, reversed_by=None, releases=None, tax_code__natura__in=naturas, tax_code__kind="sale",
        document_on__gte=first, document_on__lte=last,
    )  # fmt: skip
    found = (
        rows.order_by("document_on", "protocol")
        .values_list("document_on", "protocol", "source_table", "source_id")
        .annotate(untaxed=Sum("base"))
    )
    return [row for row in found if abs(row[4]) > above]


def advance_by_history(tax_return: TaxReturn, *, percent: Decimal, minimum: Decimal) -> Decimal:
    """The advance on the last return of a year: a share of what the same return came to the year before, its own advance included,
    rounded half away from zero; zero where that was a credit or the share is below the minimum. One statement."""
    if tax_return.ends_on.month != 12:
        return Decimal(0)
    before = (
        TaxReturn.objects.filter(definition=tax_return.definition_id, ends_on=date(tax_return.ends_on.year - 1, 12, 31))
        .exclude(state="open")
        .first()
    )
    if before is None:
        return Decimal(0)
    share = rounded((before.payable + before.advance_paid) * percent / 100, tax_return.company.currency.decimals)
    return share if share >= minimum else Decimal(0)
