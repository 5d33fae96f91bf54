"""How payment runs, their lines, transfers and holds are shown, written and served."""

from django.db.models import Count, DecimalField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.finance.remittance import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.remittance.models import ItemHold, PaymentRun, PaymentRunLine, Transfer
from fondaco.platform.resources.declare import Column, Resource, register

MONEY = DecimalField(max_digits=20, decimal_places=4)


def _total() -> Coalesce:
    paid = PaymentRunLine.objects.filter(run=OuterRef("pk"), state__in=["proposed", "released"]).order_by().values("run")
    return Coalesce(Subquery(paid.annotate(total=Sum("amount")).values("total"), output_field=MONEY), Value(0), output_field=MONEY)


def _count(state: tuple[str, ...]) -> Coalesce:
    rows = PaymentRunLine.objects.filter(run=OuterRef("pk"), state__in=state).order_by().values("run")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), Value(0))


@register
class PaymentRunResource(Resource):
    model, key, natural_key = PaymentRun, "payment-runs", "number"
    title, title_one, job, icon = _("Payment runs"), _("Payment run"), "books", "check"
    group, place = "daily", 26
    view_permission, write_permission = "remittance.view_run", "remittance.write_run"
    columns = [
        "number", "on", "bank_account", "state", Column("total", _("total"), "amount", "bank_account__currency__code"),
        Column("items", _("items"), "number"), Column("left_out", _("left out"), "number"), "due_until", "released_by",
    ]  # fmt: skip
    fields = [
        "number", "state", "on", "due_until", "bank_account", Column("total", _("total"), "amount", "bank_account__currency__code"),
        Column("items", _("items"), "number"), Column("left_out", _("left out"), "number"), "take_discounts",
        Column("most", currency="bank_account__currency__code"), "vendor", "memo", "prepared_by", "released_by", "released_at", "fingerprint", "company",
    ]  # fmt: skip
    writable = ["company", "bank_account", "on", "due_until", "take_discounts", "most", "vendor", "memo"]
    filters, search = ["company", "state", "bank_account", "on", "vendor"], ["number", "memo"]
    annotations = {
        "total": _total,
        "items": lambda: _count(("proposed", "released")),
        "left_out": lambda: _count(("left_out",)),
    }


@register
class PaymentRunLineResource(Resource):
    """What a run pays and what it leaves out."""

    model, key = PaymentRunLine, "payment-run-lines"
    title, title_one, icon = _("Lines of payment runs"), _("Line of a payment run"), "books"
    view_permission = "remittance.view_run"
    columns = [
        "run", "party", "item", Column("item__due_on", _("due on")), Column("amount", currency="item__currency__code"),
        Column("discount", currency="item__currency__code"), "state", "reason", "note", "payee",
    ]  # fmt: skip
    filters, sort = ["run", "party", "state", "reason", "item"], "id"


@register
class TransferResource(Resource):
    """What the bank was told, and what it answered."""

    model, key, natural_key = Transfer, "bank-transfers", "end_to_end"
    title, title_one, job, icon = _("Bank transfers"), _("Bank transfer"), "books", "check"
    group, place = "reports", 80
    view_permission = "remittance.view_transfer"
    columns = ["end_to_end", "party", Column("amount", currency="currency__code"), "state", "iban", "run", "answered_on"]
    fields = ["end_to_end", "state", "party", "name", "iban", "bic", Column("amount", currency="currency__code"), "text", "disbursement", "run", "answered_on", "answer"]  # fmt: skip
    filters, search = ["run", "party", "state", "iban", "currency"], ["end_to_end", "name", "iban"]


@register
class ItemHoldResource(Resource):
    """What is not to be paid for the time being."""

    model, key = ItemHold, "item-holds"
    title, title_one, job, icon = _("Items on hold"), _("Hold"), "books", "lock"
    group, place = "daily", 61
    view_permission, write_permission = "remittance.view_hold", "remittance.hold_item"
    columns = ["item", Column("item__party", _("vendor")), Column("item__open_amount", _("open"), currency="item__currency__code"), "reason", Column("created_by", _("put by")), "lifted_at", "lifted_by"]  # fmt: skip
    fields = ["item", "reason", "lifted_at", "lifted_by"]
    writable, filters = ["item", "reason"], ["item", "item__party"]
    conditions = {"in_force": (_("in force"), lambda: Q(lifted_at__isnull=True))}
