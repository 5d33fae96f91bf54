"""Enrolling in the one stop shop: codes and rates of every member state, the rules that choose them, and a return of their own."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.finance.tax.models import TaxCode, TaxRule
from fondaco.localizations.loading import load_oss_return, load_tax_codes, scheme_codes, scheme_rules_of, tax_rule
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError

SCHEME = "oss"
#: Sales of goods and services in the Union scheme: Directive (EU) 2017/2455, in force since this day.
FIRST_DAY = date(2021, 7, 1)


class NotInTheUnion(UserError):
    code, status = "tax.not_in_the_union", 409
    message = _("{company} was not enrolled: the Union scheme of the one stop shop is for companies in a member state of the EU.")


class EnrolledAlready(UserError):
    code, status = "tax.enrolled_already", 409
    message = _("{company} is enrolled in the one stop shop from {since} on. To enrol it from another day, leave it first.")


class TooEarly(UserError):
    code, status = "tax.one_stop_shop_too_early", 422
    message = _("{company} was not enrolled: there is no one stop shop before {first}.")


class NotForTheUnregistered(UserError):
    code, status = "tax.not_for_the_unregistered", 409
    message = _(
        "{company} was not enrolled: it is not registered for VAT at home. Register it, and give it the tax rules of its country first."
    )


class NoRoomForRules(UserError):
    code, status = "tax.no_room_for_rules", 409
    message = _(
        "{company} was not enrolled: its {wanted} rules need priorities between {above} and {below}, of which {free} are free. Give rules that ended other priorities under Set up > Tax rules."
    )


def rules_in_force(company: Company, on: date) -> list[TaxRule]:
    """The rules of the one stop shop that count on a day or after it."""
    rows = TaxRule.objects.filter(company=company, tax_code__code__startswith="OSS-").filter(Q(valid_to=None) | Q(valid_to__gte=on))
    return list(rows.order_by("pk"))


def enrol(company: Company, on: date) -> None:
    """Codes, rules from ``on`` and the quarterly return. Rules of an earlier enrolment stay: documents of its days are taxed by them."""
    if not company.country.in_eu:
        raise NotInTheUnion(company=company)
    if on < FIRST_DAY:
        raise TooEarly(company=company, first=FIRST_DAY)
    if running := rules_in_force(company, on):
        raise EnrolledAlready(company=company, since=running[0].valid_from)
    sales = TaxRule.objects.filter(company=company, kind="sale")
    if not sales.filter(buyer="eu_consumer").exists():
        raise NotForTheUnregistered(company=company)
    present = {c.code: c for c in TaxCode.objects.filter(company=company)}
    rules = scheme_rules_of(company.country_id, SCHEME)
    needed = {r["tax_code"] for r in rules}
    fresh = load_tax_codes(company, [r for r in scheme_codes(SCHEME) if r["code"] in needed and r["code"] not in present])
    codes = {**present, **fresh}
    made = [tax_rule(company, r, codes[r["tax_code"]]) for r in rules]
    _place(company, made, list(sales))
    for rule in made:
        rule.valid_from = on
    insert_rows(TaxRule, made)
    load_oss_return(company)


def _place(company: Company, made: list[TaxRule], present: list[TaxRule]) -> None:
    """Keep the priorities of the data, or where an earlier enrolment has them, take free ones between the same neighbours."""
    taken = {rule.priority for rule in present}
    if not taken & {rule.priority for rule in made}:
        return
    consumers = [rule for rule in present if rule.buyer == "eu_consumer" and not rule.buyer_country]
    above = max((rule.priority for rule in consumers if rule.product_class == "service"), default=0)
    below = min((rule.priority for rule in consumers if rule.product_class != "service"), default=above)
    free = [priority for priority in range(above + 1, below) if priority not in taken]
    if len(free) < len(made):
        raise NoRoomForRules(company=company, wanted=len(made), free=len(free), above=above, below=below)
    for rule, priority in zip(sorted(made, key=lambda r: r.priority), free, strict=False):
        rule.priority = priority
