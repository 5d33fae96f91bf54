"""Giving a new company its books: chart, journals, tax codes and rules, payment terms, years - from its country's data."""

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fondaco.finance.invoicing.models import DiscountStep, Instalment, PaymentTerm
from fondaco.finance.ledger.actions import open_fiscal_year
from fondaco.finance.ledger.models import Account, Journal, StatementLine
from fondaco.finance.payables.models import WithholdingKind
from fondaco.finance.payments.models import SettlingRule, WriteOffReason
from fondaco.finance.receivables.models import DunningLevel, DunningProcedure, ReferenceRate
from fondaco.finance.tax.models import ReturnBox, ReturnDefinition, TaxCode, TaxRate, TaxRule
from fondaco.frontoffice.crm.models import CloseReason, ContactRole
from fondaco.masterdata.catalog.models import Unit
from fondaco.masterdata.companies.models import Company, Country, Currency
from fondaco.operations.intrastat.models import ListRule, TradeDefaults
from fondaco.operations.purchasing.models import VendorReturnReason
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Role, RolePermission
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.unit import unit_of_work

HERE = Path(__file__).resolve().parent
MASTERDATA = HERE.parent / "masterdata"
ANY = "*"
FIRST_DAY = date(1900, 1, 1)

#: The one rule of a company that is not registered for VAT; its tax code stands in the country's ``fiscal.toml``.
UNREGISTERED = {
    "priority": "1",
    "buyer": ANY,
    "buyer_country": ANY,
    "product_class": ANY,
    "explanation_en": "The company is not registered for VAT: no tax is charged.",
    "explanation_it": "L'azienda non è soggetto passivo IVA: nessuna imposta.",
}

#: purpose -> (code, English name, Italian name, subledger); the same in every company.
JOURNALS = (
    ("general", "GEN", "General journal", "Prima nota", "general"),
    ("sales", "SAL", "Sales", "Vendite", "receivables"),
    ("receipts", "REC", "Receipts", "Incassi", "receivables"),
    ("payments", "PAY", "Payments", "Pagamenti", "payables"),
    ("purchases", "PUR", "Purchases", "Acquisti", "payables"),
    ("stock", "STK", "Stock", "Magazzino", "stock"),
    ("opening", "OPN", "Opening", "Apertura", "general"),
)


@cache
def rows_of(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def localization_of(country: str) -> Path:
    """The data folder of a country; the generic one where the country has none of its own."""
    folder = HERE / country.lower()
    return folder if (folder / "chart.csv").is_file() else HERE / "generic"


def countries_with_books() -> list[str]:
    """Countries with a localization of their own."""
    return sorted(p.parent.name.upper() for p in HERE.glob("*/chart.csv") if p.parent.name != "generic")


def load_reference_data(actor: Actor) -> None:
    """Currencies, countries, units, payment terms and standard roles; what is there already is left alone."""
    with unit_of_work(actor.username, "setup.reference_data"):
        companies = MASTERDATA / "companies" / "data"
        Currency.objects.bulk_create(
            [
                Currency(code=r["code"], name=r["name_en"], name_it=r["name_it"], decimals=int(r["decimals"]))
                for r in rows_of(companies / "currencies.csv")
            ],
            ignore_conflicts=True,
        )
        known = set(Currency.objects.values_list("code", flat=True))
        Country.objects.bulk_create(
            [
                Country(
                    code=r["alpha2"],
                    name=r["name_en"],
                    name_it=r["name_it"],
                    vat_prefix=r["vat_prefix"] if r["eu"] == "true" else "",
                    currency_id=r["currency"] if r["currency"] in known else None,
                )
                for r in rows_of(companies / "countries.csv")
            ],
            ignore_conflicts=True,
        )
        _load_units()
        _load_payment_terms()
        _load_reference_rates()
        _load_return_reasons()
        _load_sales_words()
        _load_roles()


def _load_units() -> None:
    present = set(Unit.objects.values_list("code", flat=True))
    fields = {f.name for f in Unit._meta.concrete_fields}
    fresh = []
    for r in rows_of(MASTERDATA / "catalog" / "data" / "units.csv"):
        if r["code"] not in present:
            values: dict[str, Any] = {
                "code": r["code"],
                "name": r["name_en"],
                "name_it": r["name_it"],
                "dimension": r["dimension"],
                "factor": Decimal(r["factor"]),
            }
            fresh.append(Unit(**{k: v for k, v in values.items() if k in fields}))
    insert_rows(Unit, fresh)


def _load_return_reasons() -> None:
    present = set(VendorReturnReason.objects.values_list("code", flat=True))
    rows = [r for r in rows_of(HERE / "generic" / "vendor_return_reasons.csv") if r["code"] not in present]
    insert_rows(
        VendorReturnReason,
        [
            VendorReturnReason(code=r["code"], name=r["name_en"], name_it=r["name_it"], blames_vendor=r["blames_vendor"] == "true")
            for r in rows
        ],
    )


def _load_sales_words() -> None:
    """Why deals are won and lost, and the parts that people play in them (SA-09)."""
    present = set(CloseReason.objects.values_list("code", flat=True))
    reasons = [r for r in rows_of(HERE / "generic" / "close_reasons.csv") if r["code"] not in present]
    insert_rows(
        CloseReason,
        [
            CloseReason(code=r["code"], name=r["name_en"], name_it=r["name_it"], counts_for=r["counts_for"], position=int(r["position"]))
            for r in reasons
        ],
    )
    present = set(ContactRole.objects.values_list("code", flat=True))
    roles = [r for r in rows_of(HERE / "generic" / "contact_roles.csv") if r["code"] not in present]
    insert_rows(
        ContactRole, [ContactRole(code=r["code"], name=r["name_en"], name_it=r["name_it"], position=int(r["position"])) for r in roles]
    )


def _load_payment_terms() -> None:
    present = set(PaymentTerm.objects.values_list("code", flat=True))
    terms: dict[str, PaymentTerm] = {}
    parts: list[Instalment | DiscountStep] = []
    for path in sorted(HERE.glob("*/payment_terms.csv")):
        for r in rows_of(path):
            if r["code"] in present or (r["code"] in terms and terms[r["code"]].source != path):  # type: ignore[attr-defined]
                continue
            if r["code"] not in terms:
                term = terms[r["code"]] = PaymentTerm(
                    code=r["code"], name=r["name_en"], name_it=r["name_it"], instrument=r.get("instrument", "")
                )
                term.source = path  # type: ignore[attr-defined]
            parts.append(
                Instalment(
                    term=terms[r["code"]],
                    position=int(r["instalment"]),
                    percent=Decimal(r["percent"]),
                    days=int(r["days"]),
                    end_of_month=r["end_of_month"] == "true",
                )
            )
            if r["discount_percent"]:
                parts.append(DiscountStep(term=terms[r["code"]], percent=Decimal(r["discount_percent"]), days=int(r["discount_days"])))
    insert_rows(PaymentTerm, list(terms.values()))
    for part in parts:
        part.term_id = part.term.pk
    insert_rows(Instalment, [p for p in parts if isinstance(p, Instalment)])
    insert_rows(DiscountStep, [p for p in parts if isinstance(p, DiscountStep)])


def _load_reference_rates() -> None:
    present = set(ReferenceRate.objects.values_list("code", "valid_from"))
    rows = [
        ReferenceRate(
            code=r["code"],
            valid_from=date.fromisoformat(r["valid_from"]),
            valid_to=date.fromisoformat(r["valid_to"]) if r["valid_to"] else None,
            rate=Decimal(r["rate"]),
        )
        for r in rows_of(HERE / "generic" / "reference_rates.csv")
    ]
    insert_rows(ReferenceRate, [row for row in rows if (row.code, row.valid_from) not in present])


def _load_roles() -> None:
    roles = tomllib.loads((HERE / "generic" / "roles.toml").read_text(encoding="utf-8"))["role"]
    present = set(Role.objects.values_list("key", flat=True))
    fresh = [Role(key=r["code"], name=r["name_en"], name_it=r["name_it"]) for r in roles if r["code"] not in present]
    insert_rows(Role, fresh)
    keys = {r.key: r for r in fresh}
    insert_rows(
        RolePermission,
        [
            RolePermission(role=keys[r["code"]], pattern=pattern, scope=grant["scope"])
            for r in roles
            if r["code"] in keys
            for grant in r["grants"]
            for pattern in grant["patterns"]
        ],
    )


def found_company(actor: Actor, values: Mapping[str, Any], years: Iterable[int], **habits: Any) -> Company:
    """Set up a company in an installation that may still be empty: the reference data first."""
    load_reference_data(actor)
    return set_up_company(actor, values, years, **habits)


def fiscal_habits(folder: Path) -> dict[str, Any]:
    """What ``fiscal.toml`` of a localization says of years, taxes and statements."""
    return tomllib.loads((folder / "fiscal.toml").read_text(encoding="utf-8"))


def figure_on(rows: Sequence[Mapping[str, Any]], on: date) -> Mapping[str, Any] | None:
    """The row of dated figures of ``fiscal.toml`` that is the law on a day; none where it is not known."""
    return next((r for r in rows if r["valid_from"] <= on.isoformat() and (not r["valid_to"] or on.isoformat() <= r["valid_to"])), None)


def set_up_company(
    actor: Actor, values: Mapping[str, Any], years: Iterable[int], *, chart: str = "", vat_registered: bool = True
) -> Company:
    """Make a company with everything it needs to post: chart, journals, taxes and open fiscal years.

    ``values`` are fields of ``Company`` (code, name, country, currency ...). ``chart`` names the folder of the chart of
    accounts, its country's own when empty; taxes are always those of the country. All or nothing.
    """
    with unit_of_work(actor.username, "setup.company"):
        folder = HERE / chart if chart else localization_of(values["country_id"])
        fiscal = fiscal_habits(folder)
        defaults = {
            "tax_rounding": fiscal["tax"]["rounding"],
            "prices_include_tax": fiscal["tax"]["prices_include_tax"],
            "fiscal_year_start_month": fiscal["year"]["start_month"],
        }
        company = Company.objects.create(**{**defaults, **values})
        give_books(company, years, folder, fiscal["statements"], vat_registered=vat_registered, actor=actor)
    return company


def without_books(companies: Sequence[Company]) -> list[Company]:
    """Those of ``companies`` that have no account yet."""
    present = set(Account.objects.filter(company__in=companies).order_by().values_list("company", flat=True).distinct())
    return [company for company in companies if company.pk not in present]


def give_books(
    company: Company, years: Iterable[int], folder: Path, statements: Mapping[str, str], *, vat_registered: bool, actor: Actor
) -> None:
    """Chart of accounts, journals, statements, taxes and open fiscal years for a company that has none."""
    with unit_of_work(actor.username, "setup.books"):
        _load_chart(company, rows_of(folder / "chart.csv"))
        load_journals(company, JOURNALS)
        load_statements(company, folder, statements)
        _load_taxes(company, vat_registered=vat_registered)
        load_withholding(company)
        _load_settling(company)
        _load_dunning(company)
        load_returns(company)
        load_intrastat(company)
        for year in sorted(set(years)):
            open_fiscal_year(company, year, actor=actor)


def _load_chart(company: Company, rows: Sequence[Mapping[str, str]]) -> None:
    accounts: dict[str, Account] = {}
    # Parents first: a heading's number stands before those below it.
    for r in sorted(rows, key=lambda r: (len(r["number"]), r["number"])):
        parent = accounts.get(r["parent"])
        account = Account(
            company=company,
            number=r["number"],
            name=r["name_en"],
            name_it=r["name_it"],
            kind=r["kind"],
            is_posting=r["posting"] == "true",
            control=r["control"],
            purpose=r["purpose"],
            statement_line=r["statement_line"],
            parent=parent,
        )
        accounts[r["number"]] = account
    waves: dict[int, list[Account]] = {}
    for account in accounts.values():
        depth, above = 0, account.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        waves.setdefault(depth, []).append(account)
    for depth in sorted(waves):
        for account in waves[depth]:
            account.parent_id = account.parent.pk if account.parent else None
        insert_rows(Account, waves[depth])


def load_journals(company: Company, journals: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    """Journals as ``JOURNALS`` names them; their codes."""
    insert_rows(
        Journal,
        [
            Journal(company=company, code=code, name=italian if company.language == "it" else english, subledger=subledger, purpose=purpose)
            for purpose, code, english, italian, subledger in journals
        ],
    )
    return [code for _purpose, code, *_rest in journals]


def load_statements(company: Company, folder: Path, takes: Mapping[str, str] | None = None) -> list[str]:
    """The lines of statements that are not there yet; their codes. ``takes`` says which takes the result that is not closed."""
    taking = {code: what for what, code in (takes or {}).items()}
    present = set(StatementLine.objects.filter(company=company).values_list("code", flat=True))
    fresh = [
        StatementLine(
            company=company,
            statement=r["statement"],
            code=r["code"],
            parent_code=r["parent"],
            position=int(r["order"]),
            name=r["name_en"],
            name_it=r["name_it"],
            sign=int(r["sign"]),
            takes=taking.get(r["code"], ""),
        )
        for r in rows_of(folder / "statements.csv")
        if r["code"] not in present
    ]
    insert_rows(StatementLine, fresh)
    return [line.code for line in fresh]


def load_withholding(company: Company) -> list[str]:
    """The kinds of tax that the company's country has one keep back from vendors and that are not there yet; their codes."""
    path = localization_of(company.country_id) / "withholding_kinds.csv"
    present = set(WithholdingKind.objects.filter(company=company).values_list("code", flat=True))
    rows = [r for r in (rows_of(path) if path.is_file() else ()) if r["code"] not in present]
    insert_rows(
        WithholdingKind,
        [
            WithholdingKind(
                company=company,
                code=r["code"],
                name=r["name_en"],
                name_it=r["name_it"],
                rate=Decimal(r["rate"]),
                base_percent=Decimal(r["base_percent"]),
                authority_code=r["authority_code"],
                certificate_reason=r["certificate_reason"],
                due=r["due"],
                pay_day=int(r["pay_day"]),
                pay_months=int(r["pay_months"]),
            )
            for r in rows
        ],
    )
    return [r["code"] for r in rows]


def load_intrastat(company: Company) -> list[str]:
    """What the company's country asks for of trade with other member states, where it is one: rules that begin after those that are there,
    which end the day before. The kinds of lists that got one."""
    if not company.country.in_eu:
        return []
    latest: dict[str, ListRule] = {r.kind: r for r in ListRule.objects.filter(company=company).order_by("valid_from")}
    path = localization_of(company.country_id) / "intrastat.csv"
    rows = [r for r in rows_of(path) if r["kind"] not in latest or date.fromisoformat(r["valid_from"]) > latest[r["kind"]].valid_from]
    begins = {r["kind"]: date.fromisoformat(r["valid_from"]) for r in reversed(rows)}
    ended = [(r.pk, begins[kind] - timedelta(days=1)) for kind, r in latest.items() if kind in begins and r.valid_to is None]
    update_rows(ListRule, {"id": [pk for pk, _day in ended], "valid_to": [day for _pk, day in ended]})
    insert_rows(
        ListRule,
        [
            ListRule(
                company=company,
                valid_from=date.fromisoformat(r["valid_from"]),
                valid_to=date.fromisoformat(r["valid_to"]) if r["valid_to"] else None,
                due_day=int(r["due_day"]) if r["due_day"] else None,
                **{name: r[name] for name in ("kind", "frequency", "codes", "asks", "asks_statistics")},
                **{name: Decimal(r[name]) if r[name] else None for name in ("monthly_above", "required_from", "statistics_above")},
            )
            for r in rows
        ],
    )
    if not TradeDefaults.objects.filter(company=company).exists():
        insert_rows(TradeDefaults, [TradeDefaults(company=company)])
    return sorted({r["kind"] for r in rows})


def purchase_rules_of(country: str) -> list[dict[str, str]]:
    """The rules by which a company in ``country`` is proposed the tax codes of its purchases, in the columns of rules for sales."""
    rows = [r for r in rows_of(localization_of(country) / "purchase_rules.csv") if r["buyer_country"] == country]
    return [{**r, "kind": "purchase", "buyer": r["vendor"], "buyer_country": r["vendor_country"]} for r in rows]


def taxes_of(country: str, *, in_eu: bool, vat_registered: bool = True) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rules and the tax codes (a row for each dated rate) that a company in ``country`` starts with."""
    folder = localization_of(country)
    generic = rows_of(HERE / "generic" / "tax_codes.csv")
    own = rows_of(folder / "tax_codes.csv") if folder.name != "generic" else ()
    if vat_registered:
        homes = {country, ANY, *(["EU"] if in_eu else [])}
        rules = [r for r in rows_of(folder / "tax_rules.csv") if r["seller_country"] in homes and not r["scheme"]]
        rules += purchase_rules_of(country)
    else:
        untaxed = tomllib.loads((folder / "fiscal.toml").read_text(encoding="utf-8"))["tax"]["unregistered"]
        rules = [UNREGISTERED | {"tax_code": untaxed}]
    needed = {r["tax_code"] for r in rules}
    present = {r["code"] for r in own}
    rows = [r for r in [*own, *(g for g in generic if g["code"] not in present)] if r["code"] in needed or r["country"] == country]
    return rules, rows


def _load_settling(company: Company) -> None:
    """How the company's country corrects VAT of cash discounts, and the reasons for which claims are given up."""
    habit = fiscal_habits(localization_of(company.country_id))["settling"]
    SettlingRule.objects.create(company=company, discount_tax=habit["discount_tax"], tolerance=Decimal(habit["tolerance"]))
    accounts = dict(Account.objects.filter(company=company).exclude(purpose="").values_list("purpose", "id"))
    insert_rows(
        WriteOffReason,
        [
            WriteOffReason(
                company=company,
                code=r["code"],
                name=r["name_en"],
                name_it=r["name_it"],
                account_id=accounts.get(r["account_purpose"]),
                is_default=r["default"] == "true",
                for_small_differences=r["small_differences"] == "true",
            )
            for r in rows_of(HERE / "generic" / "write_off_reasons.csv")
        ],
    )


def _load_dunning(company: Company) -> None:
    """The dunning procedure to start with; interest by law where the country is in the EU."""
    given = tomllib.loads((HERE / "generic" / "dunning.toml").read_text(encoding="utf-8"))
    interest = given["statutory_interest"] if company.country.in_eu else {}
    procedure = DunningProcedure.objects.create(
        company=company,
        code=given["code"],
        name=given["name_en"],
        name_it=given["name_it"],
        is_default=True,
        minimum_amount=Decimal(given["minimum_amount"]),
        days_between=given["days_between"],
        days_to_pay=given["days_to_pay"],
        interest_for=interest.get("interest_for", "nobody"),
        reference_rate=interest.get("reference_rate", ""),
        interest_points=Decimal(interest.get("interest_points", "0")),
    )
    insert_rows(
        DunningLevel,
        [
            DunningLevel(
                procedure=procedure,
                level=number,
                days_overdue=v["days_overdue"],
                fee=Decimal(v["fee"]),
                charges_interest=v["charges_interest"],
                title=v["title_en"],
                title_it=v["title_it"],
                text=v["text_en"],
                text_it=v["text_it"],
            )
            for number, v in enumerate(given["level"], start=1)
        ],
    )


def _load_taxes(company: Company, *, vat_registered: bool) -> None:
    country: Country = company.country
    rules, rows = taxes_of(country.code, in_eu=country.in_eu, vat_registered=vat_registered)
    codes = load_tax_codes(company, rows)
    insert_rows(TaxRule, [tax_rule(company, r, codes[r["tax_code"]]) for r in rules])


def load_tax_codes(company: Company, rows: Sequence[Mapping[str, str]]) -> dict[str, TaxCode]:
    """Tax codes with their dated rates, a row a rate."""
    accounts = dict(Account.objects.filter(company=company).exclude(purpose="").values_list("purpose", "id"))
    codes: dict[str, TaxCode] = {}
    rates = []
    for r in rows:
        if r["code"] not in codes:
            codes[r["code"]] = TaxCode(
                company=company,
                code=r["code"],
                name=r["name_en"],
                name_it=r["name_it"],
                kind=r["kind"],
                treatment=r["treatment"],
                account_id=accounts.get(r["account_purpose"]),
                reverse_charge_account_id=accounts.get(r["reverse_charge_purpose"]),
                deductible_percent=Decimal(r["deductible"] or 100),
                document_type=r["document_type"],
                natura=r["natura"],
                category=r["category"],
                exemption=r["exemption_en"],
                exemption_it=r["exemption_it"],
            )
        rates.append((codes[r["code"]], r))
    insert_rows(TaxCode, list(codes.values()))
    insert_rows(
        TaxRate,
        [
            TaxRate(
                tax_code=code,
                rate=Decimal(r["rate"]),
                valid_from=date.fromisoformat(r["valid_from"]) if r["valid_from"] else FIRST_DAY,
                valid_to=date.fromisoformat(r["valid_to"]) if r["valid_to"] else None,
            )
            for code, r in rates
        ],
    )
    return codes


def tax_rule(company: Company, r: Mapping[str, str], code: TaxCode) -> TaxRule:
    """A rule as a row of the data says it."""
    return TaxRule(
        company=company,
        priority=int(r["priority"]),
        kind=r.get("kind", "sale"),
        buyer="" if r["buyer"] == ANY else r["buyer"],
        buyer_country="" if r["buyer_country"] == ANY else r["buyer_country"],
        product_class="" if r["product_class"] == ANY else r["product_class"],
        ship_from=r.get("ship_from", ""),
        ship_to=r.get("ship_to", ""),
        tax_code=code,
        explanation=r["explanation_en"],
        explanation_it=r["explanation_it"],
    )


def scheme_rules_of(country: str, scheme: str) -> list[dict[str, str]]:
    """The rules for sales of a company in ``country`` that count only for those enrolled in ``scheme`` (``oss``)."""
    rows = rows_of(localization_of(country) / "tax_rules.csv")
    return [r for r in rows if r["scheme"] == scheme and r["seller_country"] in {country, "EU"} and r["buyer_country"] != country]


def scheme_codes(scheme: str) -> list[dict[str, str]]:
    """The tax codes of ``scheme``, a row a dated rate: those of every member state."""
    return [r for r in rows_of(HERE / "generic" / "tax_codes.csv") if r["code"].startswith(f"{scheme.upper()}-")]


def load_oss_return(company: Company) -> list[str]:
    """The quarterly return of the one stop shop, with two boxes a member state, unless it is there; its code.

    Nothing is carried: what a state owes back it pays back itself (Council Regulation 904/2010; Directive 2006/112, art. 369i).
    """
    if ReturnDefinition.objects.filter(company=company, code="OSS").exists():
        return []
    definition = ReturnDefinition(
        company=company, code="OSS", name="One stop shop (Union scheme)", name_it="Sportello unico OSS (regime UE)", codes="OSS-*",
        frequency="quarterly", carries=False,
    )  # fmt: skip
    insert_rows(ReturnDefinition, [definition])
    states = Country.objects.exclude(vat_prefix="").exclude(pk=company.country_id).order_by("vat_prefix")
    boxes = []
    for state in states:
        for code, measure, words, italian in (
            (f"{state.vat_prefix}-B", "base", "taxable", "imponibile"),
            (state.vat_prefix, "tax", "VAT", "IVA"),
        ):
            names = {"name": f"{state.name}, {words}", "name_it": f"{state.name_it}, {italian}"}
            boxes.append(ReturnBox(code=code, measure=measure, kinds="sale", chargeable="now", codes=f"OSS-{state.pk}-*", **names))
    bases, taxes = (" ".join(box.code for box in boxes if box.measure == measure) for measure in ("base", "tax"))
    boxes += [
        ReturnBox(code="BASE", measure="total", adds=bases, name="Total taxable", name_it="Totale imponibile"),
        ReturnBox(code="VAT", measure="total", adds=taxes, role="due", name="Total VAT", name_it="Totale IVA"),
        ReturnBox(code="PAY", measure="role", role="payable", name="To pay", name_it="Da versare"),
    ]
    for position, box in enumerate(boxes, start=1):
        box.definition, box.position = definition, position
    insert_rows(ReturnBox, boxes)
    return [definition.code]


def load_returns(company: Company) -> None:
    """The tax returns of the company's country with their boxes; those whose code is there already are left alone."""
    folder = localization_of(company.country_id)
    present = set(ReturnDefinition.objects.filter(company=company).values_list("code", flat=True))
    told = fiscal_habits(folder)["returns"]
    definitions = {
        code: ReturnDefinition(
            company=company, code=code, name=r["name_en"], name_it=r["name_it"], codes=r["codes"], minimum=Decimal(r["minimum"]), **r["due"]
        )
        for code, r in told.items()
        if code not in present
    }
    insert_rows(ReturnDefinition, list(definitions.values()))
    insert_rows(
        ReturnBox,
        [
            ReturnBox(
                definition=definitions[r["return"]],
                position=position,
                code=r["box"],
                name=r["name_en"],
                **{name: r[name] for name in ("name_it", "measure", "kinds", "chargeable", "codes", "adds", "role")},
            )
            for position, r in enumerate(rows_of(folder / "returns.csv"), start=1)
            if r["return"] in definitions
        ],
    )
