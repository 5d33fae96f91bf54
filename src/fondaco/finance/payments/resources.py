"""How payments are shown, written and served."""

from collections.abc import Sequence
from typing import Any

from django.db.models import DecimalField, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

from fondaco.finance.ledger.models import OpenItem, Settlement
from fondaco.finance.payments import actions, disbursing, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.payments.models import Allocation, BankAccount, Difference, Disbursement, Payment, SettlingRule, WriteOffReason
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import normalising
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


def _unapplied():
    money = DecimalField(max_digits=20, decimal_places=4)
    items = (
        OpenItem.objects.filter(entry=OuterRef("entry")).order_by().values("entry").annotate(total=Abs(Sum("open_amount"))).values("total")
    )
    return Coalesce(Subquery(items, output_field=money), Value(0), output_field=money)


@register
class BankAccountResource(Resource):
    """The accounts that the company holds at banks."""

    model, key, natural_key = BankAccount, "bank-accounts", "name"
    title, title_one, job, icon = _("Bank accounts"), _("Bank account"), "books", "books"
    group, place = "set_up", 30
    view_permission, write_permission = "payments.view_bank_account", "payments.write_bank_account"
    columns = ["name", "iban", "bank_name", "currency", "account", "is_default", "is_active", "company"]
    fields = [
        "name", "company", "iban", "account_number", "bic", "bank_name", "currency", "account", "is_default", "is_active", "creditor_identifier", "sia_code",
    ]  # fmt: skip
    writable = [
        "company", "name", "iban", "account_number", "bic", "bank_name", "currency", "account", "is_active", "creditor_identifier", "sia_code",
    ]  # fmt: skip
    filters, search, sort = ["company", "currency", "is_active", "is_default"], ["name", "iban", "account_number", "bank_name"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Normalise IBAN, BIC and identifiers; refuse what cannot be right; the first account of a currency becomes its default."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        default = set(BankAccount.objects.filter(company__in=companies, is_default=True).values_list("company_id", "currency_id"))
        for index, draft in enumerate(drafts):
            account = draft.row
            account.iban, wrong_iban = normalising.iban(account.iban)
            account.bic, wrong_bic = normalising.bic(account.bic)
            account.creditor_identifier, wrong_creditor = _creditor_identifier(account.creditor_identifier)
            account.sia_code = account.sia_code.strip().upper()
            account.account_number = account.account_number.strip()
            problems = {"iban": wrong_iban, "bic": wrong_bic, "creditor_identifier": wrong_creditor}
            if not account.iban and not account.account_number:
                problems["iban"] = gettext("Write the IBAN, or the account number where the country has none.")
            if account.sia_code and not (len(account.sia_code) == 5 and account.sia_code.isascii() and account.sia_code.isalnum()):
                problems["sia_code"] = gettext("A SIA code has five letters and digits.")
            problems = {field: wrong for field, wrong in problems.items() if wrong}
            if problems:
                rows = [{"row": index, "fields": problems}] if len(drafts) > 1 else []
                raise InvalidInput(record=account.name, problems="; ".join(problems.values()), fields=problems, rows=rows)
            account.currency_id = account.currency_id or companies[account.company_id].currency_id
            place = (account.company_id, account.currency_id)
            if account.is_active and place not in default:
                account.is_default = True
                default.add(place)


def _creditor_identifier(text: str) -> tuple[str, str]:
    """The SEPA creditor identifier (AT-02) without blanks, in capitals, and what is wrong with it, if anything."""
    compact = "".join(text.upper().split())
    if not compact:
        return "", ""
    try:
        return at_02.validate(compact), ""
    except ValidationError:
        return compact, gettext("“{number}” is not a valid SEPA creditor identifier: its check digits do not fit.").format(number=text)


@register
class PaymentResource(Resource):
    model, key, natural_key = Payment, "payments", "number"
    title, title_one, job, icon = _("Payments received"), _("Payment"), "books", "check"
    group, place = "daily", 20
    view_permission, write_permission = "payments.view_payment", "payments.write_receipt"
    columns = [
        "number",
        "party",
        "on",
        "kind",
        "state",
        Column("amount", currency="currency__code"),
        Column("unapplied", _("not applied"), "amount", "currency__code"),
        "currency",
        "reference",
    ]
    fields = [
        "number",
        "state",
        "kind",
        "party",
        "on",
        "account",
        "currency",
        Column("amount", currency="currency__code"),
        Column("unapplied", _("not applied"), "amount", "currency__code"),
        "reference",
        "memo",
        "entry",
        "company",
    ]
    writable = ["company", "kind", "party", "on", "account", "currency", "amount", "reference", "memo"]
    filters, search = ["company", "state", "kind", "party", "on", "currency"], ["number", "reference", "party"]
    annotations = {"unapplied": _unapplied}
    lines = [
        Lines(
            Allocation,
            "payment",
            ["item", Column("amount", currency="payment__currency__code"), Column("discount", currency="payment__currency__code")],
            writable=["item", "amount", "discount"],
        )
    ]

    @classmethod
    def subtracted(cls):
        return Q(kind__in=[Payment.REFUND, Payment.REFUNDED])

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Complete drafts: the party's currency, and the bank account that is the default for it."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        parties = Party.objects.in_bulk({d.row.party_id for d in drafts})
        held = BankAccount.objects.filter(company__in=companies, is_default=True)
        defaults = {
            (company, currency): account for company, currency, account in held.values_list("company_id", "currency_id", "account_id")
        }
        for d in drafts:
            d.row.currency_id = d.row.currency_id or parties[d.row.party_id].currency_id or companies[d.row.company_id].currency_id
            d.row.account_id = d.row.account_id or defaults.get((d.row.company_id, d.row.currency_id))


@register
class DisbursementResource(PaymentResource):
    """What vendors are paid: the fields of a receipt, under rights of its own."""

    model, key = Disbursement, "disbursements"
    title, title_one, icon = _("Payments to vendors"), _("Payment to a vendor"), "check"
    group, place = "vendors", 25
    view_permission, write_permission = "payments.view_disbursement", "payments.write_disbursement"
    columns = [Column("party", _("vendor")) if c == "party" else c for c in PaymentResource.columns]
    fields = [Column("party", _("vendor")) if c == "party" else c for c in PaymentResource.fields]


def _taken_back() -> Any:
    return Exists(Settlement.objects.filter(reverses=OuterRef("settlement")))


@register
class DifferenceResource(Resource):
    """Cash discounts, small differences and write-offs: what customers did not pay, and why."""

    model, key = Difference, "differences"
    title, title_one, job, icon = _("Settled without payment"), _("Settled without payment"), "books", "note"
    group, place = "customers", 50
    view_permission = "payments.view_difference"
    columns = [
        "on",
        "party",
        "kind",
        "reason",
        "item",
        Column("amount", currency="currency__code"),
        Column("tax", currency="currency__code"),
        Column("taken_back", _("taken back"), "flag"),
        "memo",
    ]
    fields = [*columns, "currency", "settlement", Column("settlement__entry", _("journal entry")), "company"]
    filters = ["company", "party", "kind", "reason", "on", "currency", "item"]
    annotations = {"taken_back": _taken_back}


@register
class WriteOffReasonResource(Resource):
    model, key, natural_key = WriteOffReason, "write-off-reasons", "code"
    title, title_one, job, icon = _("Write-off reasons"), _("Write-off reason"), "books", "note"
    group, place = "set_up", 50
    view_permission, write_permission = "payments.view_reason", "payments.write_reason"
    columns = ["code", "name", "name_it", "account", "is_default", "for_small_differences", "is_active", "company"]
    writable = ["company", "code", "name", "name_it", "account", "is_default", "for_small_differences", "is_active"]
    filters, search, sort = ["company", "is_active"], ["code", "name"], "code"


@register
class SettlingRuleResource(Resource):
    model, key = SettlingRule, "settling-rules"
    title, title_one, job, icon = _("Settling rules"), _("Settling rule"), "books", "check"
    group, place = "set_up", 55
    view_permission, write_permission = "payments.view_settling_rule", "payments.write_settling_rule"
    columns = [
        "company",
        "discount_tax",
        Column("tolerance", currency="company__currency__code"),
        Column("tolerance_percent", kind="percent"),
    ]
    writable, filters = ["company", "discount_tax", "tolerance", "tolerance_percent"], ["company"]
