"""How online payments are shown and set up."""

from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.onlinepayments import paying, refusals  # noqa: F401  verbs, carriers and sentences are declared on import
from fondaco.finance.onlinepayments.models import OnlinePayment, OnlinePaymentPart, OnlineRefund, PaymentProvider, ProviderEvent
from fondaco.finance.onlinepayments.queries import on_account, to_give_back
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import said, worded
from fondaco.platform.money import ZERO, priced
from fondaco.platform.resources.declare import Column, Lines, Resource, Wrong, register

VIEW = "onlinepayments.view_payment"


@register
class PaymentProviderResource(Resource):
    """Who takes money online for a company."""

    model, key, natural_key = PaymentProvider, "payment-providers", "name"
    title, title_one, job, icon, group, place = _("Payment providers"), _("Payment provider"), "books", "books", "set_up", 32
    view_permission, write_permission = "onlinepayments.view_provider", "onlinepayments.write_provider"
    columns = ["name", "kind", "bank_account", "is_active", "company"]
    writable = ["company", "name", "kind", "bank_account", "is_active"]
    filters, search, sort = ["company", "kind", "is_active"], ["name"], "name"


@register
class OnlinePaymentResource(Resource):
    """What customers pay through a provider."""

    model, key, natural_key = OnlinePayment, "online-payments", "number"
    title, title_one, job, icon, group, place = _("Online payments"), _("Online payment"), "books", "check", "daily", 22
    view_permission = VIEW
    columns = ["number", "party", "on", "state", Column("amount", currency="currency__code"), "currency", "payment", "said"]
    fields = [
        "number", "state", "party", "on", "provider", Column("amount", currency="currency__code"), "currency", Column("fee", currency="currency__code"),
        Column("excess", currency="currency__code"), "by", "paid_at", "payment", "fee_entry", "said", "reference", "intent", "company",
    ]  # fmt: skip
    filters, search, sort = ["company", "state", "party", "on", "provider"], ["number", "reference", "intent", "party"], "-id"
    conditions = {
        "to_look_at": (_("to be looked at"), lambda: Q(state="differs") | ~Q(said="") | on_account()),
        "on_account": (_("more than was open, still on the customer’s account"), on_account),
        "not_booked": (_("paid, not booked yet"), lambda: Q(state="paid")),
    }
    lines = [
        Lines(OnlinePaymentPart, "online_payment", ["item", Column("amount", currency="online_payment__currency__code")], title=_("Paid items"), order=("id",)),
        Lines(OnlineRefund, "online_payment", ["number", "state", "on", Column("amount", currency="online_payment__currency__code"), "payment", "reason", "said"], title=_("Online refunds"), order=("id",)),
        Lines(ProviderEvent, "online_payment", ["at", "kind", "event", "problem"], title=_("Providers' notices"), order=("id",)),
    ]  # fmt: skip

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        """Money that came on top of what was open: how much of it is still on the customer's account, and the refund that is proposed."""
        row = OnlinePayment.objects.filter(on_account(), pk=pk).select_related("payment").first()
        left = to_give_back(row) if row is not None else ZERO
        if row is None or left <= 0:
            return []
        text = _now("{amount} came on top of what was open, most often because it was paid twice, and stand on the customer’s account. Give them back, or settle another invoice with them.")  # fmt: skip
        sentence = worded(text, amount=priced(left, row.currency_id))
        if not actor.may("onlinepayments.refund_payment", row.company_id):
            return [Wrong(sentence)]
        # The form reads the amount as its reader writes it.
        return [Wrong(sentence, _now("Give back"), f"{cls.url()}/sheet/refund?ids={pk}&p-amount={said(priced(left))}", asks=True)]


@register
class OnlineRefundResource(Resource):
    """What goes back to who paid online."""

    model, key, natural_key = OnlineRefund, "online-refunds", "number"
    title, title_one, job, icon, group, place = _("Online refunds"), _("Online refund"), "books", "check", "daily", 23
    view_permission = VIEW
    columns = [
        "number", "online_payment", Column("online_payment__party", _("customer")), "on", "state", Column("amount", currency="online_payment__currency__code"), "payment",
        "said", "company",
    ]  # fmt: skip
    filters, search, sort = ["company", "state", "online_payment", "on"], ["number"], "-id"


@register
class ProviderEventResource(Resource):
    """What providers told, word for word."""

    model, key = ProviderEvent, "provider-notices"
    title, title_one, job, icon, group, place = _("Providers' notices"), _("Provider's notice"), "books", "note", "daily", 24
    view_permission = "onlinepayments.view_notice"
    columns = ["at", "provider_kind", "kind", "online_payment", "amount", "currency", "problem", "event"]
    fields = [*columns, "content"]
    filters, search, sort = ["provider_kind", "kind", "online_payment"], ["event"], "-id"
    conditions = {"to_look_at": (_("to be looked at"), lambda: ~Q(problem=""))}
