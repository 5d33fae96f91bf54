"""Who takes money online for a company, what customers pay through him, what he says of it, and what is given back."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


def own_reference() -> str:
    """Thirty-two hexadecimal figures: the name under which provider and we know a payment."""
    return uuid.uuid4().hex


class PaymentProvider(Row):
    """Who takes money online for a company. ``bank_account`` stands for the account that the company has with him: what customers pay lies
    there, less his fees, until he pays it out, which is a transfer between the company's own accounts."""

    TRIAL, STRIPE = "test", "stripe"
    KINDS = ((TRIAL, _("test provider (no money moves)")), (STRIPE, "Stripe"))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    kind = models.TextField(_("provider"), choices=KINDS)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("account with the provider"))
    is_active = models.BooleanField(_("active"), default=True)

    label_paths = ("name",)

    class Meta:
        verbose_name, verbose_name_plural = _("payment provider"), _("payment providers")
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(is_active=True), name="one_active_provider"),
            models.CheckConstraint(name="provider_kind", condition=Q(kind__in=["test", "stripe"])),
        ]

    def __str__(self) -> str:
        return self.name


class OnlinePayment(Document):
    """What a customer set out to pay through a provider: which items, and what became of it.

    ``paid`` is what the provider says; ``booked`` is a receipt in our books. ``differs``: the provider took another amount, which
    somebody has to look at. ``fee`` is what he keeps, empty until he says it. ``excess`` is what came on top of what was open when it was
    booked: it stands on the customer's account. ``intent`` is the provider's own name of the payment.
    """

    OPEN, PAID, BOOKED, FAILED, EXPIRED, DIFFERS, CLOSED = "open", "paid", "booked", "failed", "expired", "differs", "closed"
    STATES = (
        (OPEN, _("begun")), (PAID, _("paid, not booked yet")), (BOOKED, _("booked")), (FAILED, _("failed")), (EXPIRED, _("not paid")),
        (DIFFERS, _("other amount came")), (CLOSED, _("closed by hand")),
    )  # fmt: skip
    initial_state, editable_states = OPEN, ()
    series = "OP"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    provider = models.ForeignKey(PaymentProvider, models.PROTECT, related_name="+", verbose_name=_("provider"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    state = models.TextField(_("state"), choices=STATES, default=OPEN, editable=False)
    on = models.DateField(_("date"), default=timezone.localdate)
    reference = models.TextField(_("our reference"), unique=True, default=own_reference)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    by = models.TextField(_("by"), blank=True)
    intent = models.TextField(_("provider's name of it"), blank=True)
    page = models.TextField(_("page to pay on"), blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    fee = models.DecimalField(_("fee"), null=True, **AMOUNT)
    excess = models.DecimalField(_("more than was open"), default=0, editable=False, **AMOUNT)
    payment = models.OneToOneField(
        "payments.Payment", models.PROTECT, related_name="+", null=True, verbose_name=pgettext_lazy("of money", "receipt")
    )
    fee_entry = models.OneToOneField("ledger.JournalEntry", models.PROTECT, related_name="+", null=True, verbose_name=_("entry of the fee"))
    said = models.TextField(_("what is to be looked at"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("online payment"), _("online payments")
        constraints = [
            models.CheckConstraint(
                name="online_payment_state", condition=Q(state__in=["open", "paid", "booked", "failed", "expired", "differs", "closed"])
            ),
            models.CheckConstraint(name="online_payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="online_payment_reference", condition=Q(reference__regex="^[0-9a-f]{32}$")),
            models.CheckConstraint(name="booked_has_a_receipt", condition=~Q(state="booked") | Q(payment__isnull=False)),
            models.CheckConstraint(name="receipt_when_booked", condition=Q(state="booked") | Q(payment__isnull=True)),
            models.CheckConstraint(name="online_excess_within", condition=Q(excess__gte=0) & Q(excess__lte=F("amount"))),
            models.CheckConstraint(name="online_fee_not_negative", condition=Q(fee__isnull=True) | Q(fee__gte=0)),
            models.UniqueConstraint(fields=["company", "number"], name="online_payment_number_once"),
        ]
        indexes = [
            models.Index(fields=["party", "-id"], name="online_payment_of_party"),
            models.Index(fields=["company", "state", "-id"], name="online_payment_by_state"),
        ]


class OnlinePaymentPart(Row):
    """How much of an online payment is meant for which open item, in its currency."""

    append_only = True
    company_path = "online_payment__company"

    online_payment = models.ForeignKey(OnlinePayment, models.PROTECT, related_name="parts", verbose_name=_("online payment"))
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("paid item"), _("paid items")
        constraints = [
            models.UniqueConstraint(fields=["online_payment", "item"], name="online_part_once"),
            models.CheckConstraint(name="online_part_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.online_payment_id}/{self.item_id}"


class OnlineRefund(Document):
    """Money of an online payment that goes back to who paid: asked for by us, or made on the provider's own pages."""

    ASKED, DONE, REFUSED = "asked", "done", "refused"
    STATES = ((ASKED, _("asked for")), (DONE, _("given back")), (REFUSED, _("refused by the provider")))
    initial_state, editable_states = ASKED, ()
    series = "OR"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    online_payment = models.ForeignKey(OnlinePayment, models.PROTECT, related_name="refunds", verbose_name=_("online payment"))
    state = models.TextField(_("state"), choices=STATES, default=ASKED, editable=False)
    on = models.DateField(_("date"), default=timezone.localdate)
    reference = models.TextField(_("our reference"), unique=True, default=own_reference)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    given_back = models.TextField(_("provider's name of it"), blank=True)
    payment = models.OneToOneField("payments.Payment", models.PROTECT, related_name="+", null=True, verbose_name=_("refund"))
    reason = models.TextField(_("reason"), blank=True)
    said = models.TextField(_("provider's words"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("online refund"), _("online refunds")
        constraints = [
            models.CheckConstraint(name="online_refund_state", condition=Q(state__in=["asked", "done", "refused"])),
            models.CheckConstraint(name="online_refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="online_refund_reference", condition=Q(reference__regex="^[0-9a-f]{32}$")),
            models.CheckConstraint(name="refund_done_is_booked", condition=Q(state="done", payment__isnull=False) | (~Q(state="done") & Q(payment__isnull=True))),
            models.UniqueConstraint(fields=["online_payment", "given_back"], condition=~Q(given_back=""), name="online_refund_once"),
            models.UniqueConstraint(fields=["company", "number"], name="online_refund_number_once"),
        ]  # fmt: skip


class ProviderEvent(Row):
    """One thing a provider told, word for word, once: ``event`` is his own name of it. ``problem`` says why nothing followed."""

    append_only = True
    company_path = "online_payment__company"
    KINDS = (
        ("paid", _("paid")), ("failed", _("failed")), ("expired", _("not paid")), ("refunded", _("given back")), ("refund_failed", _("refund refused")),
        ("fee", _("fee")), ("other", _("other")),
    )  # fmt: skip

    provider_kind = models.TextField(_("provider"), choices=PaymentProvider.KINDS)
    event = models.TextField(_("provider's name of it"))
    kind = models.TextField(_("what"), choices=KINDS)
    online_payment = models.ForeignKey(OnlinePayment, models.PROTECT, related_name="events", null=True, verbose_name=_("online payment"))
    amount = models.DecimalField(_("amount"), null=True, **AMOUNT)
    currency = models.TextField(_("currency"), blank=True)
    at = models.DateTimeField(_("told at"), default=timezone.now)
    problem = models.TextField(_("what is to be looked at"), blank=True)
    content = models.TextField(_("content"))

    class Meta:
        verbose_name, verbose_name_plural = _("provider's notice"), _("providers' notices")
        constraints = [
            models.UniqueConstraint(fields=["provider_kind", "event"], name="provider_event_once"),
            models.CheckConstraint(name="provider_event_named", condition=~Q(event="")),
        ]

    def __str__(self) -> str:
        return f"{self.provider_kind} {self.event}"
