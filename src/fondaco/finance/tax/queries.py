"""Determining tax: which code applies to a sale, at which rate, and the rule that said so (TX-01, TX-03)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.models import Account, Control, JournalEntry, JournalLine, JournalVoucher
from fondaco.finance.ledger.refusals import PurposeMissing
from fondaco.finance.tax.models import TaxCode, TaxRate, TaxRule
from fondaco.finance.tax.posting import CodeFacts
from fondaco.masterdata.companies.models import Company, Country
from fondaco.platform.database.refusals import UserError


class NoTaxRule(UserError):
    code, status = "tax.no_rule", 409
    message = _(
        "No tax rule of {company} covers a {kind} to a buyer “{buyer}” of a product taxed “{product_class}” on {on}. Add one under Set up > Tax rules, or choose the tax code on the line."
    )


class NoTaxRate(UserError):
    code, status = "tax.no_rate", 409
    message = _("Tax code {tax_code} has no rate on {on}. Add the rate with its dates under Set up > Tax codes.")


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """What decides the tax: buyer's country, whether he has a VAT number, the product's class, the date of supply."""

    country: str
    has_vat_number: bool
    product_class: str
    on: date
    kind: str = "sale"


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """The code, its rate in percent on the day, and the sentence of the rule that fired."""

    tax_code: TaxCode
    rate: Decimal
    explanation: str


@dataclass
class TaxTable:
    """Codes, rates and rules of one company, read once and then asked any number of times."""

    company: Company
    codes: dict[int, TaxCode]
    rates: dict[int, list[TaxRate]]
    rules: list[TaxRule]
    eu: frozenset[str]

    def determine(self, question: TaxQuestion, language: str = "en") -> TaxAnswer:
        """The first rule by priority that matches; raises NoTaxRule or NoTaxRate."""
        buyer = self.buyer(question)
        for rule in self.rules:
            if (
                rule.kind == question.kind
                and rule.buyer in ("", buyer)
                and rule.buyer_country in ("", question.country)
                and rule.product_class in ("", question.product_class)
                and (rule.valid_from is None or rule.valid_from <= question.on)
                and (rule.valid_to is None or question.on <= rule.valid_to)
            ):
                sentence = rule.explanation_it if language == "it" and rule.explanation_it else rule.explanation
                return TaxAnswer(self.codes[rule.tax_code_id], self.rate(rule.tax_code_id, question.on), sentence)
        raise NoTaxRule(company=self.company, kind=question.kind, buyer=buyer, product_class=question.product_class, on=question.on)

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
            return "domestic"
        if question.country in self.eu and home in self.eu:
            return "eu_business" if question.has_vat_number else "eu_consumer"
        return "outside_eu"


def tax_tables(companies: Iterable[Company], *, countries: Iterable[str], codes: Iterable[int | None]) -> dict[int, TaxTable]:
    """What can answer for buyers in ``countries`` and for tax codes already chosen, by company; four statements in all.

    A company that sells under the one stop shop has a rule and a code for every member state; of these only few can apply.
    """
    tables = {c.pk: TaxTable(c, {}, {}, [], frozenset()) for c in companies}
    union = frozenset(Country.objects.exclude(vat_prefix="").values_list("code", flat=True))
    for rule in TaxRule.objects.filter(company__in=tables, buyer_country__in={"", *countries}).order_by("priority"):
        tables[rule.company_id].rules.append(rule)
    named = {rule.tax_code_id for table in tables.values() for rule in table.rules} | {code for code in codes if code}
    for code in TaxCode.objects.filter(company__in=tables, pk__in=named):
        tables[code.company_id].codes[code.pk] = code
    rates: dict[int, list[TaxRate]] = {}
    for rate in TaxRate.objects.filter(tax_code__in=named).order_by("valid_from"):
        rates.setdefault(rate.tax_code_id, []).append(rate)
    for table in tables.values():
        table.eu, table.rates = union, rates
    return tables


#: The account that takes the tax of a code which names none, by the code's kind.
DEFAULT_PURPOSE = {"sale": "vat_output", "purchase": "vat_input"}


def code_facts(wanted: Collection[tuple[int, int]]) -> dict[int, CodeFacts]:
    """What posting needs of tax codes, given as (company, code); two statements."""
    codes = TaxCode.objects.in_bulk({code for _company, code in wanted})
    companies = {company for company, _code in wanted}
    defaults = {
        (company, purpose): pk
        for company, purpose, pk in Account.objects.filter(company__in=companies, purpose__in=DEFAULT_PURPOSE.values()).values_list(
            "company_id", "purpose", "id"
        )
    }
    facts = {}
    for company, key in sorted(wanted):
        code = codes[key]
        account = code.account_id or defaults.get((company, DEFAULT_PURPOSE[code.kind]))
        if account is None:
            raise PurposeMissing(company=code.company, what="account", purpose=DEFAULT_PURPOSE[code.kind], place="Accounts")
        facts[key] = CodeFacts(account)
    return facts


def tax_lines_of(entries: Iterable[int]) -> list[tuple[int, int, Decimal]]:
    """Entry, account and amount of the lines on tax accounts; one statement."""
    rows = JournalLine.objects.filter(entry__in=list(entries), account__control=Control.TAX).order_by("entry_id", "position")
    return list(rows.values_list("entry_id", "account_id", "amount"))


def entries_of(vouchers: Sequence[JournalVoucher]) -> list[JournalEntry]:
    """The journal entries of manual entries; one statement."""
    return list(JournalEntry.objects.filter(pk__in=[v.entry_id for v in vouchers]).order_by("pk"))


def reversals_of(vouchers: Sequence[JournalVoucher]) -> list[JournalEntry]:
    """The entries that reverse manual entries; one statement."""
    return list(JournalEntry.objects.filter(reverses__in=[v.entry_id for v in vouchers]).order_by("pk"))
