"""How payments are shown, written and served."""

from collections.abc import Sequence

from django.db.models import DecimalField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payments import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.payments.models import Allocation, Payment
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


def _unapplied():
    money = DecimalField(max_digits=20, decimal_places=4)
    items = (
        OpenItem.objects.filter(entry=OuterRef("entry")).order_by().values("entry").annotate(total=Abs(Sum("open_amount"))).values("total")
    )
    return Coalesce(Subquery(items, output_field=money), Value(0), output_field=money)


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
    lines = [Lines(Allocation, "payment", ["item", Column("amount", currency="payment__currency__code")], writable=["item", "amount"])]

    @classmethod
    def subtracted(cls):
        return ~Q(kind=Payment.RECEIVED)

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        parties = Party.objects.in_bulk({d.row.party_id for d in drafts})
        for d in drafts:
            d.row.currency_id = d.row.currency_id or parties[d.row.party_id].currency_id or companies[d.row.company_id].currency_id
