"""Who of a customer signs in to the portal and what he may do there, where goods may go, and what was ordered there."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class CustomerAccess(Document):
    """The way of a customer's person into his pages of one company, until it is closed or its last day has passed.

    ``order_limit`` (company currency, tax included) is what the person orders alone; empty: without limit. What is more waits for an
    approver of the same customer. An administrator of the customer keeps his colleagues and addresses; ``invited_by`` is the one who did.
    """

    STATES = (("draft", _("draft")), ("open", _("open")), ("closed", _("closed")))
    ROLES = ("is_buyer", "is_approver", "is_accounts", "is_administrator")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    person = models.TextField(_("person who signs in"))
    email = models.TextField(_("email"))
    user = models.ForeignKey(
        "users.OutsideUser", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("portal user")
    )
    is_buyer = models.BooleanField(_("buys"), default=True)
    is_approver = models.BooleanField(_("approves orders"), default=False)
    is_accounts = models.BooleanField(_("sees and pays invoices"), default=False)
    is_administrator = models.BooleanField(_("administers colleagues"), default=False)
    order_limit = models.DecimalField(_("orders alone up to"), null=True, blank=True, **AMOUNT)
    on = models.DateField(_("date"))
    expires_on = models.DateField(_("open until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    invited_by = models.ForeignKey(
        "self", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("invited by the customer's")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("customer's access"), _("customers' accesses")
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], condition=Q(state="open"), name="customer_person_once"),
            models.CheckConstraint(name="customer_access_state", condition=Q(state__in=["draft", "open", "closed"])),
            models.CheckConstraint(name="open_access_has_a_user", condition=~Q(state="open") | Q(user__isnull=False)),
            models.CheckConstraint(
                name="customer_access_has_a_role",
                condition=Q(is_buyer=True) | Q(is_approver=True) | Q(is_accounts=True) | Q(is_administrator=True),
            ),
            models.CheckConstraint(name="order_limit_not_negative", condition=Q(order_limit__isnull=True) | Q(order_limit__gte=0)),
        ]
        indexes = [
            models.Index(fields=["user"], name="customer_access_of_user", condition=Q(state="open")),
            models.Index(fields=["customer", "company"], name="customer_access_of_customer"),
        ]

    def __str__(self) -> str:
        return self.person


class PortalRule(Row):
    """What a company shows its customers in the portal: stock as figures, in words or not at all."""

    FIGURES, WORDS, NOTHING = "figures", "words", "nothing"
    STOCK = ((FIGURES, _("as figures")), (WORDS, _("in words")), (NOTHING, _("not at all")))

    company = models.OneToOneField("companies.Company", models.CASCADE, related_name="+", verbose_name=_("company"))
    shows_stock = models.TextField(_("shows stock"), choices=STOCK, default=WORDS)
    few_below = models.DecimalField(_("“few” below"), max_digits=20, decimal_places=6, default=10)
    channel = models.ForeignKey(
        "catalog.SalesChannel", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("sales channel of its orders")
    )

    label_paths = ("company__name",)

    class Meta:
        verbose_name, verbose_name_plural = _("portal rule"), _("portal rules")
        constraints = [
            models.CheckConstraint(name="portal_shows_stock", condition=Q(shows_stock__in=["figures", "words", "nothing"])),
            models.CheckConstraint(name="portal_rule_figures", condition=Q(few_below__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"


class DeliveryAddress(Row):
    """Where a customer has goods sent, kept by his administrator in the portal; it changes nothing in the customer's own record."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    label = models.TextField(_("called"))
    street = models.TextField(_("street"))
    postal_code = models.TextField(_("postal code"), blank=True)
    city = models.TextField(_("city"))
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", verbose_name=_("country"))
    is_active = models.BooleanField(_("active"), default=True)

    label_paths = ("label",)

    class Meta:
        verbose_name, verbose_name_plural = _("delivery address of the portal"), _("delivery addresses of the portal")
        constraints = [models.UniqueConstraint(fields=["company", "customer", "label"], condition=Q(is_active=True), name="delivery_address_once")]  # fmt: skip

    def __str__(self) -> str:
        return self.label


class PortalOrder(Document):
    """An order that was placed in the portal: by whom, and who of the customer approved it where it is over the buyer's limit.

    ``base_gross`` is what it came to in company currency, tax included. While it waits, or was rejected, the order stays a draft, by every
    door. ``note`` is what stood against confirming it, for the house to look at.
    """

    WAITING, PLACED, REJECTED = "waiting", "placed", "rejected"
    STATES = ((WAITING, _("waits for the customer's approver")), (PLACED, _("placed")), (REJECTED, _("rejected by the customer")))
    initial_state, editable_states = WAITING, ()

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=WAITING, editable=False)
    order = models.OneToOneField("sales.Order", models.CASCADE, related_name="placed_in_portal", verbose_name=_("order"))
    access = models.ForeignKey(CustomerAccess, models.PROTECT, related_name="orders", verbose_name=_("placed by"))
    on = models.DateField(_("date"))
    base_gross = models.DecimalField(_("total in company currency"), **AMOUNT)
    approver = models.ForeignKey(
        CustomerAccess, models.PROTECT, related_name="decided", null=True, editable=False, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    reason = models.TextField(_("reason"), blank=True)
    note = models.TextField(_("what stood against confirming it"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("order of the portal"), _("orders of the portal")
        constraints = [
            models.CheckConstraint(name="portal_order_state", condition=Q(state__in=["waiting", "placed", "rejected"])),
            models.CheckConstraint(name="nobody_approves_his_own_order", condition=Q(approver__isnull=True) | ~Q(approver=F("access"))),
            models.CheckConstraint(name="waiting_order_is_undecided", condition=~Q(state="waiting") | Q(approver__isnull=True)),
            models.CheckConstraint(name="rejected_by_somebody", condition=~Q(state="rejected") | Q(approver__isnull=False)),
        ]
        indexes = [models.Index(fields=["access", "state"], name="portal_order_of_access")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk or ''}".strip()
