"""Who gets a lead or a deal (SA-08): territories with their people, rules in their order, who is away, and every assignment with its reason."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.models import Lead
from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
DAYS = Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField())
PERSON: dict[str, Any] = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}

#: How somebody was chosen.
OWN, FIXED, IN_TURN, LEAST_LOADED, MANAGER, QUEUE, NO_RULE, BY_HAND = (
    "own", "fixed", "in_turn", "least_loaded", "manager", "queue", "no_rule", "by_hand"
)  # fmt: skip
HOW = (
    (OWN, _("the customer's own salesperson")), (FIXED, _("the person the rule names")), (IN_TURN, _("in turn")), (LEAST_LOADED, _("least loaded")),
    (MANAGER, _("the territory's manager, nobody else being there")), (QUEUE, _("nobody: waits to be given out")),
    (NO_RULE, _("no rule fits")), (BY_HAND, _("by hand")),
)  # fmt: skip


class Territory(Row):
    """A part of the market with its people. What belongs to it say its parts: any one of them is enough."""

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    manager = models.ForeignKey(**PERSON, null=True, blank=True, verbose_name=_("manager"))

    class Meta:
        verbose_name, verbose_name_plural = _("territory"), _("territories")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="territory_name_once"),
            models.CheckConstraint(name="territory_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class TerritoryPart(Row):
    """What belongs to a territory: everything that is named must be met; a part that names nothing is the whole market.

    ``regions`` are provinces or regions with commas between. Postal codes are compared as far as the bound is written: 39 to 39 is all of 39xxx.
    """

    seldom_changes = True
    company_path = "territory__company"

    territory = models.ForeignKey(Territory, models.CASCADE, related_name="parts", verbose_name=_("territory"))
    position = models.BigIntegerField(_("line"), default=0)
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country"))
    regions = models.TextField(_("provinces or regions"), blank=True)
    postal_from = models.TextField(_("postal code from"), blank=True)
    postal_to = models.TextField(_("postal code to"), blank=True)
    group = models.ForeignKey(
        "parties.CustomerGroup", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer group")
    )
    source = models.TextField(_("source"), choices=Lead.SOURCES, blank=True)
    amount_from = models.DecimalField(_("worth from"), null=True, blank=True, **AMOUNT)
    amount_to = models.DecimalField(_("worth below"), null=True, blank=True, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("part of a territory"), _("parts of territories")
        constraints = [
            models.CheckConstraint(
                name="postal_codes_are_of_a_country", condition=Q(postal_from="", postal_to="", regions="") | Q(country__isnull=False)
            ),
            models.CheckConstraint(name="territory_worth_runs_upwards", condition=Q(amount_from__isnull=True) | Q(amount_to__isnull=True) | Q(amount_to__gt=F("amount_from"))),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.territory_id} {self.country_id or ''} {self.regions}{self.postal_from}".strip()


class TerritoryMember(Row):
    """Who works in a territory between two days, and how much of him: a capacity of 50% bears half the load of 100%."""

    seldom_changes = True
    company_path = "territory__company"

    territory = models.ForeignKey(Territory, models.CASCADE, related_name="members", verbose_name=_("territory"))
    position = models.BigIntegerField(_("line"), default=0)
    salesperson = models.ForeignKey(**PERSON, verbose_name=_("salesperson"))
    capacity = models.DecimalField(_("capacity %"), max_digits=7, decimal_places=2, default=100)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = [
            models.CheckConstraint(name="member_capacity", condition=Q(capacity__gt=0, capacity__lte=1000)),
            models.CheckConstraint(name="member_days_run_forward", condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            ExclusionConstraint(
                name="member_once_a_day",
                expressions=[("territory", RangeOperators.EQUAL), ("salesperson", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.territory_id} {self.salesperson_id}"


class Absence(Row):
    """Days on which somebody gets nothing, in any company. Who named a deputy for his approvals is away on those days without being written here."""

    company_path, owner_path = None, "salesperson"
    label_paths = ("salesperson__name", "valid_from")

    salesperson = models.ForeignKey(**PERSON, verbose_name=_("who is away"))
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"))
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("absence"), _("absences")
        constraints = [
            models.CheckConstraint(name="absence_runs_forward", condition=Q(valid_to__gte=F("valid_from"))),
            ExclusionConstraint(
                name="absence_once_a_day", expressions=[("salesperson", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.salesperson_id} {self.valid_from}"


class AssignmentRule(Row):
    """Who gets what belongs to a territory. Of the rules in force the first that fits decides, in the order of their positions.

    ``keeps_own``: an existing customer stays with his salesperson. Without anybody left it is the territory's manager's, else nobody's.
    """

    seldom_changes = True
    label_paths = ("name",)
    DRAFT, IN_FORCE, RETIRED = "draft", "in_force", "retired"
    STATES = ((DRAFT, _("draft")), (IN_FORCE, _("in force")), (RETIRED, _("retired")))
    BOTH, LEADS, DEALS = "both", "lead", "opportunity"
    FOR = ((BOTH, _("leads and opportunities")), (LEADS, _("leads")), (DEALS, _("opportunities")))
    ANY, EXISTING, NEW = "any", "existing", "new"
    CUSTOMERS = ((ANY, _("all")), (EXISTING, _("existing customers")), (NEW, _("who is no customer yet")))
    METHODS = ((LEAST_LOADED, _("least loaded")), (IN_TURN, _("in turn")), (FIXED, _("one person")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    position = models.BigIntegerField(_("order"))
    name = models.TextField(_("name"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="rules", verbose_name=_("territory"))
    applies_to = models.TextField(_("for"), choices=FOR, default=BOTH)
    customers = models.TextField(_("customers"), choices=CUSTOMERS, default=ANY)
    score_from = models.BigIntegerField(_("score from"), null=True, blank=True)
    score_to = models.BigIntegerField(_("score to"), null=True, blank=True)
    keeps_own = models.BooleanField(_("a customer keeps his salesperson"), default=True)
    method = models.TextField(_("who gets it"), choices=METHODS, default=LEAST_LOADED)
    person = models.ForeignKey(**PERSON, null=True, blank=True, verbose_name=_("the person"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("assignment rule"), _("assignment rules")
        constraints = [
            models.CheckConstraint(name="assignment_rule_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="assignment_rule_state", condition=Q(state__in=["draft", "in_force", "retired"])),
            models.CheckConstraint(name="assignment_rule_words", condition=Q(applies_to__in=["both", "lead", "opportunity"], customers__in=["any", "existing", "new"], method__in=["least_loaded", "in_turn", "fixed"])),
            models.CheckConstraint(name="fixed_rule_names_a_person", condition=Q(method="fixed", person__isnull=False) | (~Q(method="fixed") & Q(person__isnull=True))),
            models.CheckConstraint(
                name="assignment_rule_score",
                condition=(Q(score_from__isnull=True) | Q(score_from__gte=0, score_from__lte=100))
                & (Q(score_to__isnull=True) | Q(score_to__gte=0, score_to__lte=100))
                & (Q(score_from__isnull=True) | Q(score_to__isnull=True) | Q(score_to__gte=F("score_from"))),
            ),
            models.CheckConstraint(name="assignment_rule_runs_forward", condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            ExclusionConstraint(
                name="assignment_order_once_a_day", condition=Q(state="in_force"),
                expressions=[("company", RangeOperators.EQUAL), ("position", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Rulebook(Row):
    """The rules, territories and people of a company as they stood on a day on which something was assigned: kept once, by its fingerprint."""

    append_only = True
    label_paths = ("digest",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    digest = models.TextField(_("fingerprint"))
    content = models.JSONField(_("rules and people"))

    class Meta:
        verbose_name, verbose_name_plural = _("rulebook"), _("rulebooks")
        constraints = [models.UniqueConstraint(fields=["company", "digest"], name="rulebook_once")]

    def __str__(self) -> str:
        return self.digest[:12]


class Assignment(Row):
    """A lead or an opportunity was given to somebody: by which rule, how he was chosen, and in words why. Never altered.

    ``inputs`` is what was looked at; with the rulebook it gives the same person again. By hand there is a reason instead.
    """

    append_only = True
    owner_path = "salesperson"
    label_paths = ("reason",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("date"))
    lead = models.ForeignKey("crm.Lead", models.PROTECT, related_name="+", null=True, verbose_name=_("lead"))
    opportunity = models.ForeignKey("crm.Opportunity", models.PROTECT, related_name="+", null=True, verbose_name=_("opportunity"))
    before = models.ForeignKey(**PERSON, null=True, db_index=False, verbose_name=_("had it before"))
    salesperson = models.ForeignKey(**PERSON, null=True, verbose_name=_("salesperson"))
    how = models.TextField(_("how"), choices=HOW)
    rule = models.ForeignKey(AssignmentRule, models.PROTECT, related_name="+", null=True, verbose_name=_("rule"))
    rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("rulebook"))
    inputs = models.JSONField(_("what was looked at"), default=dict)
    reason = models.TextField(_("why"))

    class Meta:
        verbose_name, verbose_name_plural = _("assignment"), _("assignments")
        constraints = [
            models.CheckConstraint(
                name="assignment_of_one_document",
                condition=Q(lead__isnull=False, opportunity__isnull=True) | Q(lead__isnull=True, opportunity__isnull=False),
            ),
            models.CheckConstraint(name="assignment_how", condition=Q(how__in=[how for how, _words in HOW])),
            models.CheckConstraint(name="assignment_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="assignment_gives_to_somebody", condition=Q(salesperson__isnull=False) | Q(how__in=["queue", "no_rule"])),
            models.CheckConstraint(
                name="assignment_by_rule_or_hand",
                condition=Q(how="by_hand", rule__isnull=True, rulebook__isnull=True)
                | Q(how="no_rule", rule__isnull=True, rulebook__isnull=False)
                | (~Q(how__in=["by_hand", "no_rule"]) & Q(rule__isnull=False, rulebook__isnull=False)),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["rule", "salesperson"], name="assignment_turn", condition=Q(how="in_turn")),
            models.Index(fields=["company", "-id"], name="assignment_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id or self.opportunity_id} > {self.salesperson_id or ''}"
