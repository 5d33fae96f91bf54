"""Parties: one row per person or organisation, in all its roles; and the one timeline of interactions (SA-01, SA-04)."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Party(Row):
    """A person or organisation, once, in every role: lead, customer, vendor, employee, competitor.

    ``sort_name`` orders and compares names as people do (no accents, lower case). A merged party stays, points at its
    survivor, and is left out of lists.
    """

    company_path = None
    owner_path = "salesperson"
    label_paths = ("name",)

    kind = models.TextField(_("kind"), choices=[("organisation", _("organisation")), ("person", _("person"))], default="organisation")
    code = models.TextField(_("code"), unique=True, blank=True)
    name = models.TextField(_("name"))
    sort_name = models.TextField(editable=False, default="")
    is_customer = models.BooleanField(_("customer"), default=False)
    is_vendor = models.BooleanField(_("vendor"), default=False)
    is_employee = models.BooleanField(_("employee"), default=False)
    is_lead = models.BooleanField(_("lead"), default=False)
    is_competitor = models.BooleanField(_("competitor"), default=False)
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country"))
    city = models.TextField(_("city"), blank=True)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    vat_number = models.TextField(_("VAT number"), blank=True)
    tax_code = models.TextField(_("tax code"), blank=True)
    email = models.TextField(_("email"), blank=True)
    phone = models.TextField(_("phone"), blank=True)
    website = models.TextField(_("website"), blank=True)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    notes = models.TextField(_("notes"), blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, related_name="merged", null=True, editable=False, verbose_name=_("merged into"))

    class Meta:
        verbose_name, verbose_name_plural = _("party"), _("parties")
        constraints = [
            models.CheckConstraint(name="party_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="party_not_merged_into_itself", condition=~Q(merged_into=models.F("id"))),
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="party_by_name"),
            GinIndex(fields=["sort_name"], opclasses=["gin_trgm_ops"], name="party_name_like"),
            models.Index(fields=["vat_number"], name="party_vat", condition=~Q(vat_number="")),
            models.Index(fields=["email"], name="party_email", condition=~Q(email="")),
            models.Index(fields=["phone"], name="party_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.name


class Address(Row):
    """Where a party is billed, or where goods go."""

    company_path = None
    KINDS = (("billing", _("billing")), ("delivery", _("delivery")), ("other", _("other")))

    party = models.ForeignKey(Party, models.CASCADE, related_name="addresses")
    position = models.BigIntegerField(default=0)
    kind = models.TextField(_("kind"), choices=KINDS, default="billing")
    street = models.TextField(_("street"), blank=True)
    postal_code = models.TextField(_("postal code"), blank=True)
    city = models.TextField(_("city"), blank=True)
    region = models.TextField(_("region"), blank=True)
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country"))

    class Meta:
        verbose_name, verbose_name_plural = _("address"), _("addresses")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, f"{self.postal_code} {self.city}".strip(), self.country_id or "") if part)


class ContactPoint(Row):
    """A way to reach a party. ``normalised`` is what is compared: E.164 for numbers, lower case for mail."""

    company_path = None
    KINDS = (("email", _("email")), ("phone", _("phone")), ("mobile", _("mobile")), ("web", _("web")), ("other", _("other")))

    party = models.ForeignKey(Party, models.CASCADE, related_name="contact_points")
    position = models.BigIntegerField(default=0)
    kind = models.TextField(_("kind"), choices=KINDS, default="email")
    value = models.TextField(_("value"))
    normalised = models.TextField(editable=False, default="")
    label = models.TextField(_("label"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("contact point"), _("contact points")
        constraints = [models.UniqueConstraint(fields=["party", "kind", "normalised"], name="contact_point_once")]
        indexes = [models.Index(fields=["normalised"], name="contact_point_lookup")]

    def __str__(self) -> str:
        return self.value


class PartyBankAccount(Row):
    """Where a party is paid. What is new or changed is on hold until a second person has confirmed it with the party by
    another channel (AP-07); the database keeps who changed it, and lets none of them confirm."""

    company_path = None
    label_paths = ("iban", "account_number")

    HELD, CONFIRMED, CLOSED = "held", "confirmed", "closed"
    STATES = ((HELD, _("on hold")), (CONFIRMED, _("confirmed")), (CLOSED, _("closed")))
    CHANNELS = (
        ("phone_call", _("phone call")),
        ("letter", _("letter")),
        ("in_person", _("in person")),
        ("bank_statement", _("bank statement")),
        ("certified_mail", _("certified mail")),
    )

    party = models.ForeignKey(Party, models.PROTECT, related_name="bank_accounts", verbose_name=_("party"))
    state = models.TextField(_("state"), choices=STATES, default=HELD, editable=False)
    iban = models.TextField("IBAN", blank=True, default="")
    account_number = models.TextField(_("account number (where there is no IBAN)"), blank=True, default="")
    bic = models.TextField("BIC", blank=True, default="")
    bank_name = models.TextField(_("bank"), blank=True, default="")
    holder = models.TextField(_("account holder, where it is another name"), blank=True, default="")
    is_default = models.BooleanField(_("default"), default=False, editable=False)
    #: Kept by trigger: everybody who changed it since it was last confirmed.
    changed_by = models.JSONField(_("changed by"), default=list, editable=False)
    confirmed_by = models.TextField(_("confirmed by"), blank=True, default="", editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    channel = models.TextField(_("confirmed by way of"), choices=CHANNELS, blank=True, default="", editable=False)
    confirmation = models.TextField(_("whom one spoke to, or what was seen"), blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("bank account of a party"), _("bank accounts of parties")
        constraints = [
            models.CheckConstraint(name="party_account_has_a_number", condition=~Q(iban="") | ~Q(account_number="")),
            models.CheckConstraint(name="party_account_state", condition=Q(state__in=["held", "confirmed", "closed"])),
            models.CheckConstraint(
                name="party_account_confirmed_by_somebody",
                condition=~Q(state="confirmed") | (~Q(confirmed_by="") & ~Q(channel="") & Q(confirmed_at__isnull=False)),
            ),
            models.CheckConstraint(name="party_account_default_is_in_use", condition=Q(is_default=False) | ~Q(state="closed")),
            models.UniqueConstraint(fields=["party", "iban", "account_number"], name="party_account_once", condition=~Q(state="closed")),
            models.UniqueConstraint(fields=["party"], name="party_account_one_default", condition=Q(is_default=True)),
        ]

    def __str__(self) -> str:
        return self.iban or self.account_number


class Relationship(Row):
    """A person who works for, or stands in another relation to, an organisation."""

    company_path = None

    person = models.ForeignKey(Party, models.CASCADE, related_name="organisations", verbose_name=_("person"))
    organisation = models.ForeignKey(Party, models.CASCADE, related_name="people", verbose_name=_("organisation"))
    role = models.TextField(_("role"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("relationship"), _("relationships")
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation"], name="relationship_once"),
            models.CheckConstraint(name="relationship_between_two", condition=~Q(person=models.F("organisation"))),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.organisation_id}"


class CustomerGroup(Row):
    """Customers that are priced alike, such as bars or wholesalers; a customer belongs to one group at most."""

    company_path = None
    label_paths = ("name",)

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer group"), _("customer groups")

    def __str__(self) -> str:
        return self.name


class CustomerGroupMember(Row):
    """A customer of a group."""

    company_path = None

    group = models.ForeignKey(CustomerGroup, models.CASCADE, related_name="members", verbose_name=_("group"))
    party = models.ForeignKey(Party, models.CASCADE, related_name="+", verbose_name=_("customer"))

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = [models.UniqueConstraint(fields=["party"], name="customer_in_one_group")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.party_id}"


class Interaction(Row):
    """One event on the timeline of a party: mail, call, meeting, quote, order, delivery, invoice, payment, ticket, web visit.

    Written once, in the transaction of what happened; the document behind it is named by table and key.
    """

    append_only = True
    company_path = None

    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("party"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", null=True, verbose_name=_("company"))
    on = models.DateField(_("date"))
    at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    kind = models.TextField(_("kind"))
    channel = models.TextField(_("channel"), blank=True)
    direction = models.TextField(_("direction"), blank=True)
    title = models.TextField(_("title"))
    body = models.TextField(_("text"), blank=True)
    source_table = models.TextField(blank=True)
    source_id = models.BigIntegerField(null=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4, null=True)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, db_index=False)
    by = models.TextField(_("by"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("interaction"), _("interactions")
        constraints = [
            models.CheckConstraint(name="interaction_direction", condition=Q(direction__in=["", "in", "out", "internal"])),
            # Whoever looks at the same page again on the same day has visited it once.
            models.UniqueConstraint(fields=["source_table", "source_id", "on"], name="web_visit_once_a_day", condition=Q(kind="web")),
        ]
        indexes = [
            models.Index(fields=["party", "-on", "-id"], name="timeline_of_party"),
            models.Index(fields=["source_table", "source_id"], name="timeline_by_source"),
        ]

    def __str__(self) -> str:
        return self.title


class Merge(Row):
    """What a merge moved, so that it can be undone exactly: ``moved`` maps table -> keys; ``flags`` names the roles it gave the
    survivor, who had them not."""

    company_path = None

    survivor = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("survivor"))
    merged = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("merged"))
    moved = models.JSONField(default=dict)
    flags = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("merge"), _("merges")

    def __str__(self) -> str:
        return f"{self.merged_id} > {self.survivor_id}"


class NotTheSame(Row):
    """Two parties that look alike and are not the same, as somebody said: they are not asked about again."""

    company_path = None

    first = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("party"))
    second = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("is not"))

    class Meta:
        verbose_name, verbose_name_plural = _("pair that is not the same"), _("pairs that are not the same")
        constraints = [
            models.CheckConstraint(name="not_the_same_in_order", condition=Q(first__lt=models.F("second"))),
            models.UniqueConstraint(fields=["first", "second"], name="not_the_same_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"
