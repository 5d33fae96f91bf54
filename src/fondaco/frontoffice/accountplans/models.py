"""Account plans: what is to be reached with a customer in a stretch of time, by what, with whom (SA-09)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.models import ATTITUDES, INFLUENCES, UNKNOWN
from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
GRADES = (("low", _("low")), ("medium", _("medium")), ("high", _("high")))
IS_GRADE = ["low", "medium", "high"]


class AccountPlan(Document):
    """What we want with a customer, and the companies that belong to him, between two days; goals are in company currency.

    Of one customer, one plan is active on one day.
    """

    STATES = (("draft", _("draft")), ("active", _("active")), ("closed", _("closed")))
    editable_states = ("draft", "active")
    series, date_field = "PLAN", "first_on"
    owner_path = "owner"
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    name = models.TextField(_("name"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("plan owner")
    )
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("to"))
    revenue_goal = models.DecimalField(_("revenue to reach"), **AMOUNT)
    margin_goal = models.DecimalField(_("margin to reach"), null=True, blank=True, **AMOUNT)
    description = models.TextField(_("where we stand and what we want"), blank=True)
    outcome = models.TextField(_("what came of it"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("account plan"), _("account plans")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="account_plan_number_once"),
            models.CheckConstraint(name="account_plan_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="account_plan_runs_forward", condition=Q(last_on__gte=F("first_on"))),
            models.CheckConstraint(
                name="account_plan_goals", condition=Q(revenue_goal__gt=0) & (Q(margin_goal__isnull=True) | Q(margin_goal__gt=0))
            ),
            models.CheckConstraint(name="account_plan_has_an_owner", condition=Q(owner__isnull=False)),
            models.CheckConstraint(name="closed_plan_says_what_came", condition=~Q(state="closed") | ~Q(outcome="")),
            ExclusionConstraint(
                name="active_plan_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("party", RangeOperators.EQUAL),
                    (
                        Func(F("first_on"), F("last_on"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state="active"),
            ),
        ]
        indexes = [models.Index(fields=["party", "-first_on"], name="account_plan_of_party")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}" if self.number else self.name


class Part(Row):
    """A line of a plan: seen by whoever sees the plan, and fixed when the plan is closed."""

    company_path, owner_path = "plan__company", "plan__owner"

    position = models.BigIntegerField(_("position"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.pk}"  # type: ignore[attr-defined]


class PlanCompany(Part):
    """Another company of the customer's group, whose business counts to the plan."""

    plan = models.ForeignKey(AccountPlan, models.CASCADE, related_name="companies", verbose_name=_("account plan"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("company of the group"))

    class Meta:
        verbose_name, verbose_name_plural = _("company of the group"), _("companies of the group")
        constraints = [models.UniqueConstraint(fields=["plan", "party"], name="plan_company_once")]


class PlanObjective(Part):
    """Something to be reached; actions carry it, and it is reached when somebody says so."""

    label_paths = ("title",)

    plan = models.ForeignKey(AccountPlan, models.CASCADE, related_name="objectives", verbose_name=_("account plan"))
    title = models.TextField(_("objective"))
    measure = models.TextField(_("how it is measured"), blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    reached_on = models.DateField(_("reached on"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("objective"), _("objectives")
        constraints = [models.CheckConstraint(name="plan_objective_says", condition=~Q(title=""))]

    def __str__(self) -> str:
        return self.title


class PlanAction(Row):
    """An activity that carries an objective."""

    append_only = True
    company_path, owner_path = "objective__plan__company", "objective__plan__owner"

    objective = models.ForeignKey(PlanObjective, models.PROTECT, related_name="actions", verbose_name=_("objective"))
    activity = models.OneToOneField("crm.Activity", models.PROTECT, related_name="+", verbose_name=_("activity"))

    class Meta:
        verbose_name, verbose_name_plural = _("action of a plan"), _("actions of plans")

    def __str__(self) -> str:
        return f"{self.objective_id}: {self.activity_id}"


class PlanContact(Part):
    """A person on the map of relationships: his role, how he stands to us, how much his word counts, and who of ours knows him."""

    plan = models.ForeignKey(AccountPlan, models.CASCADE, related_name="contacts", verbose_name=_("account plan"))
    person = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("person"))
    role = models.ForeignKey("crm.ContactRole", models.PROTECT, related_name="+", verbose_name=_("role"))
    attitude = models.TextField(_("attitude"), choices=ATTITUDES, default=UNKNOWN)
    influence = models.TextField(_("influence"), choices=INFLUENCES, default=UNKNOWN)
    known_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("who of ours knows him")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("contact of a plan"), _("contacts of plans")
        constraints = [
            models.UniqueConstraint(fields=["plan", "person", "role"], name="plan_contact_once"),
            models.CheckConstraint(name="plan_contact_attitude", condition=Q(attitude__in=[c for c, _word in ATTITUDES])),
            models.CheckConstraint(name="plan_contact_influence", condition=Q(influence__in=[c for c, _word in INFLUENCES])),
        ]


class PlanRisk(Part):
    """What may go wrong, how likely that is, how much it would hurt, and what we do about it."""

    plan = models.ForeignKey(AccountPlan, models.CASCADE, related_name="risks", verbose_name=_("account plan"))
    risk = models.TextField(_("risk"))
    likelihood = models.TextField(_("likelihood"), choices=GRADES, default="medium")
    impact = models.TextField(_("impact"), choices=GRADES, default="medium")
    answer = models.TextField(_("what we do about it"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("risk"), _("risks")
        constraints = [
            models.CheckConstraint(name="plan_risk_says", condition=~Q(risk="")),
            models.CheckConstraint(name="plan_risk_graded", condition=Q(likelihood__in=IS_GRADE, impact__in=IS_GRADE)),
        ]


class PlanReview(Part):
    """A day on which the plan is looked at with the customer; of an active plan it is an activity of its owner."""

    plan = models.ForeignKey(AccountPlan, models.CASCADE, related_name="reviews", verbose_name=_("account plan"))
    on = models.DateField(_("review on"))
    activity = models.OneToOneField("crm.Activity", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("activity"))

    class Meta:
        verbose_name, verbose_name_plural = _("review"), _("reviews")
        constraints = [models.UniqueConstraint(fields=["plan", "on"], name="plan_review_once_a_day")]
