"""Bringing the books of a company up to what its country's data hold today: what is missing comes, what is there stays as it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from fondaco.finance.ledger.models import Account, Journal
from fondaco.finance.tax.models import TaxCode, TaxEntry, TaxRule
from fondaco.localizations.loading import (
    HERE,
    JOURNALS,
    load_intrastat,
    load_journals,
    load_returns,
    load_statements,
    load_tax_codes,
    load_withholding,
    localization_of,
    purchase_rules_of,
    rows_of,
    tax_rule,
    taxes_of,
)
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows, update_rows


def complete_books(company: Company) -> dict[str, str]:
    """What came, in words by kind; empty where nothing was missing. Repeating it changes nothing.

    Accounts come by their *purpose*, which is how the program finds them; accounts without one are the company's own business. Rules for
    purchases come only where there is none, and only the accounts of tax codes under which nothing was posted are filled in.
    """
    folder = chart_of(company)
    accounts, taken = _accounts(company, rows_of(folder / "chart.csv"))
    journals = _journals(company)
    lines = load_statements(company, folder)
    codes = _tax_codes(company)
    rules = _purchase_rules(company)
    kinds = load_withholding(company)
    load_returns(company)
    lists = load_intrastat(company)
    found = {
        _("Accounts"): accounts,
        _("Journals"): journals,
        _("Lines of statements"): lines,
        _("Tax codes"): codes,
        _("Rules for purchases"): rules,
        _("Kinds of withholding"): kinds,
        _("Rules for Intrastat lists"): lists,
        _("Accounts left out, whose number is taken"): taken,
    }
    return {kind: ", ".join(names) for kind, names in found.items() if names}


def chart_of(company: Company) -> Path:
    """The folder of the chart that the company's accounts come from: the one that most of their numbers and names are of."""
    own = set(Account.objects.filter(company=company).values_list("number", "name"))
    home = localization_of(company.country_id)
    folders = [home, *sorted(p.parent for p in HERE.glob("*/chart.csv") if p.parent != home)]
    return max(folders, key=lambda f: sum((r["number"], r["name_en"]) in own for r in rows_of(f / "chart.csv")))


def _accounts(company: Company, rows: Sequence[Mapping[str, str]]) -> tuple[list[str], list[str]]:
    present = {a.number: a for a in Account.objects.filter(company=company)}
    purposes = {a.purpose for a in present.values()}
    wanted = [r for r in rows if r["purpose"] and r["purpose"] not in purposes]
    taken = [r["number"] for r in wanted if r["number"] in present]
    by_number = {r["number"]: r for r in rows}
    missing = {r["number"]: r for r in wanted if r["number"] not in present}
    for r in list(missing.values()):
        above = r["parent"]
        while above and above not in present and above not in missing:
            missing[above] = by_number[above]
            above = by_number[above]["parent"]
    waves: dict[int, list[Account]] = {}
    fresh: dict[str, Account] = {}

    def depth(number: str) -> int:
        return 1 + depth(missing[number]["parent"]) if number in missing else 0

    for number, r in sorted(missing.items(), key=lambda item: (depth(item[0]), item[0])):
        account = Account(
            company=company,
            number=number,
            name=r["name_en"],
            name_it=r["name_it"],
            kind=r["kind"],
            is_posting=r["posting"] == "true",
            control=r["control"],
            purpose=r["purpose"],
            statement_line=r["statement_line"],
        )
        fresh[number] = account
        waves.setdefault(depth(number), []).append(account)
    for _depth, wave in sorted(waves.items()):
        for account in wave:
            above = missing[account.number]["parent"]
            account.parent = fresh.get(above) or present.get(above)
        insert_rows(Account, wave)
    return sorted(fresh), sorted(taken)


def _journals(company: Company) -> list[str]:
    present = set(Journal.objects.filter(company=company).values_list("purpose", flat=True))
    codes = set(Journal.objects.filter(company=company).values_list("code", flat=True))
    return load_journals(company, [j for j in JOURNALS if j[0] not in present and j[1] not in codes])


def _tax_codes(company: Company) -> list[str]:
    """Codes that are not there; and of those that are, but have no account and nothing posted, the account that came meanwhile."""
    present = {c.code: c for c in TaxCode.objects.filter(company=company)}
    _rules, rows = taxes_of(company.country_id, in_eu=company.country.in_eu)
    fresh = load_tax_codes(company, [r for r in rows if r["code"] not in present])
    accounts = dict(Account.objects.filter(company=company).exclude(purpose="").values_list("purpose", "id"))
    used = set(TaxEntry.objects.filter(company=company, tax_code__isnull=False).order_by().values_list("tax_code", flat=True).distinct())
    changed = {}
    for r in rows:
        code = present.get(r["code"])
        if code is None or code.pk in used:
            continue
        before = (code.account_id, code.reverse_charge_account_id)
        code.account_id = code.account_id or accounts.get(r["account_purpose"])
        code.reverse_charge_account_id = code.reverse_charge_account_id or accounts.get(r["reverse_charge_purpose"])
        if before != (code.account_id, code.reverse_charge_account_id):
            changed[code.pk] = code
    update_rows(
        TaxCode,
        {
            "id": list(changed),
            "account": [c.account_id for c in changed.values()],
            "reverse_charge_account": [c.reverse_charge_account_id for c in changed.values()],
        },
    )
    return sorted([*fresh, *(c.code for c in changed.values())])


def _purchase_rules(company: Company) -> list[str]:
    if TaxRule.objects.filter(company=company, kind="purchase").exists():
        return []
    codes = {c.code: c for c in TaxCode.objects.filter(company=company)}
    # A company that is not registered for VAT deducts none: its only rule says so.
    rules = purchase_rules_of(company.country_id) if TaxRule.objects.filter(company=company).count() != 1 else []
    insert_rows(TaxRule, [tax_rule(company, r, codes[r["tax_code"]]) for r in rules])
    return [r["priority"] for r in rules]
