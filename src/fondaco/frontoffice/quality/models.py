"""How good service was and what it cost (SV-09): reasons, time of agents at its rate, and what customers say of it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
SCORES = ((5, _("very satisfied")), (4, _("satisfied")), (3, _("neither")), (2, _("dissatisfied")), (1, _("very dissatisfied")))
#: Longest time of one entry, in minutes: a day.
LONGEST = 1440


class ReasonCode(Row):
    """Why customers turn to service, as a tree: a reason below another is a kind of it, and reports add them up."""

    seldom_changes = True
    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    parent = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("kind of"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("reason of tickets"), _("reasons of tickets")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="reason_code_once"),
            models.CheckConstraint(name="reason_code_has_a_name", condition=~Q(code="") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name_it if get_language() == "it" and self.name_it else self.name


class TicketReason(Row):
    """Why a ticket came, as its agent says; the last word counts, and the history keeps those before."""

    company_path = "ticket__company"
    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="reason", verbose_name=_("ticket"))
    reason = models.ForeignKey(ReasonCode, models.PROTECT, related_name="+", verbose_name=_("reason"))

    class Meta:
        verbose_name, verbose_name_plural = _("reason of a ticket"), _("reasons given")

    def __str__(self) -> str:
        return str(self.reason)


class CostRate(Row):
    """What an hour of an agent costs the company from a day on, in its currency; without an agent, of everybody who has no rate of his own."""

    seldom_changes = True
    label_paths = ("valid_from",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("agent"))
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    hourly_cost = models.DecimalField(_("cost of an hour"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("cost rate"), _("cost rates")
        constraints = [
            models.UniqueConstraint(fields=["company", "user", "valid_from"], name="cost_rate_once_a_day", nulls_distinct=False),
            models.CheckConstraint(name="cost_rate_not_negative", condition=Q(hourly_cost__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from} {self.hourly_cost}"


class TimeEntry(Row):
    """Time an agent spent on a ticket, and what it cost at the rate of its day, rounded half away from zero to the currency's minor unit.

    Written once: a wrong one is taken back by an entry with the same minutes below zero. Without a rate it costs nothing and says so by an empty rate.
    """

    append_only = True
    owner_path = "user"
    label_paths = ("ticket__number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="times", verbose_name=_("ticket"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("agent"))
    on = models.DateField(_("date"))
    minutes = models.BigIntegerField(_("minutes"))
    note = models.TextField(_("what was done"), blank=True)
    hourly_cost = models.DecimalField(_("cost of an hour"), null=True, **AMOUNT)
    cost = models.DecimalField(_("cost"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("time entry"), _("time entries")
        constraints = [
            models.CheckConstraint(name="time_entry_minutes", condition=Q(minutes__gte=-LONGEST, minutes__lte=LONGEST) & ~Q(minutes=0)),
            models.CheckConstraint(name="time_entry_costs_by_rate", condition=Q(hourly_cost__isnull=False) | Q(cost=0)),
        ]
        indexes = [
            models.Index(fields=["ticket"], name="time_of_ticket", include=["minutes", "cost"]),
            models.Index(fields=["company", "on"], name="time_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.minutes}"


class ServiceCostAccount(Row):
    """An expense account that service costs are booked on: what time at its rate is compared with."""

    label_paths = ("account__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", verbose_name=_("account"))

    class Meta:
        verbose_name, verbose_name_plural = _("account of service cost"), _("accounts of service cost")
        constraints = [models.UniqueConstraint(fields=["account"], name="service_cost_account_once")]

    def __str__(self) -> str:
        return str(self.account_id)


class SurveyPolicy(Row):
    """Whether and how customers are asked when their ticket is solved."""

    seldom_changes = True
    label_paths = ("company__name",)

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    is_active = models.BooleanField(_("asks"), default=True)
    rest_days = models.BigIntegerField(_("asks the same address again after days"), default=14)
    open_days = models.BigIntegerField(_("can be answered for days"), default=30)
    changeable_days = models.BigIntegerField(_("can be changed for days"), default=7)

    class Meta:
        verbose_name, verbose_name_plural = _("satisfaction survey"), _("satisfaction surveys")
        constraints = [
            models.CheckConstraint(
                name="survey_policy_days",
                condition=Q(rest_days__gte=0, rest_days__lte=365, open_days__gte=1, open_days__lte=365, changeable_days__gte=0, changeable_days__lte=90),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.company_id)


class Survey(Row):
    """The one question about one solved ticket, and the one answer: changeable for some days, then for ever as it is."""

    secret_columns = ("digest",)
    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"
    label_paths = ("ticket__number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="survey", verbose_name=_("ticket"))
    email = models.TextField(_("asked at"))
    language = models.TextField(_("language"))
    digest = models.TextField(unique=True)
    asked_at = models.DateTimeField(_("asked"))
    open_until = models.DateTimeField(_("can be answered until"))
    changeable_days = models.BigIntegerField(_("can be changed for days"))
    score = models.BigIntegerField(_("satisfaction, 1 to 5"), null=True, choices=SCORES)
    comment = models.TextField(_("comment"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("satisfaction of a customer"), _("satisfaction of customers")
        constraints = [
            models.CheckConstraint(name="survey_score", condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5)),
            models.CheckConstraint(
                name="survey_answer_is_whole",
                condition=Q(score__isnull=True, answered_at__isnull=True, comment="") | Q(score__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(name="survey_open_after_asking", condition=Q(open_until__gt=F("asked_at"))),
        ]
        indexes = [
            models.Index(fields=["email", "-asked_at"], name="survey_of_address"),
            models.Index(fields=["company", "answered_at"], name="survey_answered"),
        ]

    def __str__(self) -> str:
        return str(self.ticket_id)

    def accepts(self, now: Any) -> bool:
        """Whether it can still be answered, or its answer be changed."""
        return bool(now <= self.open_until if self.answered_at is None else now <= self.answered_at + timedelta(days=self.changeable_days))
