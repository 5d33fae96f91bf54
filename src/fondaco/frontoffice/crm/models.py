"""Leads, opportunities on their way through a pipeline, and the activities that move them."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


#: How sure a deal is, as a seller says it to his manager.
OMITTED, PIPELINE, BEST_CASE, COMMIT = "omitted", "pipeline", "best_case", "commit"
FORECAST = ((COMMIT, _("commit")), (BEST_CASE, _("best case")), (PIPELINE, _("in pipeline")), (OMITTED, _("left out")))


class Pipeline(Row):
    """A way of selling, as an ordered row of stages; a company may have several."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("pipeline"), _("pipelines")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="pipeline_name_once")]

    def __str__(self) -> str:
        return self.name


class Stage(Row):
    """A step of a pipeline. ``probability`` is the percentage that its opportunities are won, ``forecast`` how they are forecast.

    ``exit_criteria`` are sentences that should be true before an opportunity leaves the stage; which were is recorded
    with every move. A deal that stays longer than ``stale_days`` is stale. A pipeline has stages where deals are won and lost.
    """

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    position = models.BigIntegerField(_("position"), default=1)
    probability = models.DecimalField(_("probability %"), default=0, **PERCENT)
    forecast = models.TextField(_("forecast"), choices=FORECAST, default=PIPELINE)
    exit_criteria = models.JSONField(_("exit criteria"), default=list, blank=True)
    stale_days = models.BigIntegerField(_("stale after days"), null=True, blank=True)
    is_won = models.BooleanField(_("won"), default=False)
    is_lost = models.BooleanField(_("lost"), default=False)

    label_paths = ("name",)

    class Meta:
        verbose_name, verbose_name_plural = _("stage"), _("stages")
        ordering = ["pipeline", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "name"], name="stage_name_once"),
            models.UniqueConstraint(fields=["pipeline"], condition=Q(is_won=True), name="pipeline_has_one_won_stage"),
            models.UniqueConstraint(fields=["pipeline"], condition=Q(is_lost=True), name="pipeline_has_one_lost_stage"),
            models.CheckConstraint(name="stage_probability", condition=Q(probability__gte=0, probability__lte=100)),
            models.CheckConstraint(name="stage_stale_days", condition=Q(stale_days__isnull=True) | Q(stale_days__gt=0)),
            models.CheckConstraint(name="stage_is_won_or_lost", condition=~Q(is_won=True, is_lost=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closing(self) -> bool:
        """Whether a deal that stands here is over."""
        return self.is_won or self.is_lost


class ContactRole(Row):
    """A part that somebody plays when a customer decides: decision maker, user, champion."""

    company_path = None
    label_paths = ("name",)

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    position = models.BigIntegerField(_("position"), default=1)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("role of a contact"), _("roles of contacts")
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(name="contact_role_says", condition=~Q(code="") & ~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class StageRole(Row):
    """A role that should be named before a deal leaves a stage: an exit criterion that the deal itself answers."""

    company_path = "stage__company"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="roles", verbose_name=_("stage"))
    role = models.ForeignKey(ContactRole, models.PROTECT, related_name="+", verbose_name=_("role"))

    class Meta:
        verbose_name, verbose_name_plural = _("role to be named"), _("roles to be named")
        constraints = [models.UniqueConstraint(fields=["stage", "role"], name="stage_role_once")]

    def __str__(self) -> str:
        return f"{self.stage_id} {self.role_id}"


class CloseReason(Row):
    """Why deals are won or lost, as a code that can be counted; ``counts_for`` says for which of both."""

    WON, LOST, BOTH = "won", "lost", "both"
    KINDS = ((WON, _("won deals")), (LOST, _("lost deals")), (BOTH, _("both")))

    company_path = None
    label_paths = ("name",)

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    counts_for = models.TextField(_("for"), choices=KINDS, default=BOTH)
    position = models.BigIntegerField(_("position"), default=1)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("reason of won and lost deals"), _("reasons of won and lost deals")
        constraints = [
            models.CheckConstraint(name="close_reason_says", condition=~Q(code="") & ~Q(name="")),
            models.CheckConstraint(name="close_reason_counts_for", condition=Q(counts_for__in=["won", "lost", "both"])),
        ]

    def __str__(self) -> str:
        return self.name


class Lead(Document):
    """The interest of one party, from the first sign to an opportunity or a reasoned no.

    Who it is stands in the party, once; ``contact_name``, ``email`` and ``phone`` are what this enquiry said.
    """

    STATES = (
        ("new", _("new")),
        ("contacted", _("contacted")),
        ("qualified", _("qualified")),
        ("converted", _("converted")),
        ("disqualified", _("disqualified")),
    )
    OPEN = ("new", "contacted", "qualified")
    SOURCES = (
        ("web", _("web form")),
        ("email", _("e-mail")),
        ("phone", _("phone")),
        ("event", _("event")),
        ("referral", _("referral")),
        ("campaign", _("campaign")),
        ("import", _("import")),
        ("api", _("other program")),
        ("other", _("other")),
    )
    initial_state, editable_states = "new", OPEN
    series, date_field = "LEAD", "on"
    owner_path = "salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))
    on = models.DateField(_("received on"), default=timezone.localdate)
    state = models.TextField(_("state"), choices=STATES, default="new", editable=False)
    source = models.TextField(_("source"), choices=SOURCES, default="other")
    interest = models.TextField(_("interest"), blank=True)
    contact_name = models.TextField(_("contact"), blank=True)
    email = models.EmailField(_("e-mail"), max_length=320, blank=True)
    phone = models.TextField(_("phone"), blank=True)
    estimated_amount = models.DecimalField(_("estimated amount"), null=True, blank=True, **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    disqualified_reason = models.TextField(_("why it was disqualified"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("lead"), _("leads")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="lead_number_once"),
            # Two enquiries that arrive at the same moment: the database lets one open a lead, the other joins it.
            models.UniqueConstraint(
                fields=["company", "party"], condition=Q(state__in=["new", "contacted", "qualified"]), name="open_lead_once"
            ),
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=Q(state__in=["new", "contacted", "qualified"]) & ~Q(email=""),
                name="open_lead_email_once",
            ),
            models.CheckConstraint(name="lead_email_is_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(name="disqualified_lead_says_why", condition=~Q(state="disqualified") | ~Q(disqualified_reason="")),
            models.CheckConstraint(name="lead_amount_has_currency", condition=Q(estimated_amount__isnull=True) | Q(currency__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["company", "state", "-on"], name="lead_by_state"),
            models.Index(fields=["salesperson", "state"], name="lead_of_salesperson"),
            models.Index(fields=["email"], name="lead_email"),
        ]


class Opportunity(Document):
    """A deal that may be won, with what it is worth, where it stands and what is done next.

    ``probability`` (percent) and ``forecast`` follow the stage until somebody overrides them; ``stage_since`` dates its age in the stage.
    """

    STATES = (("open", _("open")), ("won", _("won")), ("lost", _("lost")))
    initial_state, editable_states = "open", ("open",)
    series, date_field = "OPP", "on"
    owner_path = "salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))
    name = models.TextField(_("name"))
    on = models.DateField(_("opened on"), default=timezone.localdate)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("stage"))
    stage_since = models.DateField(_("in this stage since"), default=timezone.localdate, editable=False)
    state = models.TextField(_("state"), choices=STATES, default="open", editable=False)
    amount = models.DecimalField(_("amount"), default=0, **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    probability = models.DecimalField(_("probability %"), null=True, blank=True, **PERCENT)
    probability_is_own = models.BooleanField(_("probability set by hand"), default=False, editable=False)
    forecast = models.TextField(_("forecast"), choices=FORECAST, blank=True)
    forecast_is_own = models.BooleanField(_("forecast set by hand"), default=False, editable=False)
    expected_close = models.DateField(_("expected close"), null=True, blank=True)
    next_step = models.TextField(_("next step"), blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    lead = models.OneToOneField(Lead, models.PROTECT, related_name="opportunity", null=True, editable=False, verbose_name=_("lead"))
    lost_reason = models.TextField(_("why it was lost"), blank=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    close_reason = models.ForeignKey(
        CloseReason, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("reason it was won or lost for")
    )
    lost_to = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("lost to"))
    closed_from = models.ForeignKey(Stage, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("closed from stage"))
    #: In company currency at the rate of the day it was closed, rounded half away from zero; empty while it is open and where there was no rate.
    closed_amount = models.DecimalField(_("amount when it was closed"), null=True, editable=False, **AMOUNT)

    label_paths = ("name",)

    class Meta:
        verbose_name, verbose_name_plural = _("opportunity"), _("opportunities")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="opportunity_number_once"),
            models.CheckConstraint(name="opportunity_amount_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="opportunity_is_forecast", condition=Q(forecast__in=[c for c, _word in FORECAST])),
            models.CheckConstraint(name="opportunity_probability", condition=Q(probability__gte=0, probability__lte=100)),
            models.CheckConstraint(name="lost_opportunity_says_why", condition=~Q(state="lost") | ~Q(lost_reason="")),
            models.CheckConstraint(
                name="closed_opportunity_has_a_day",
                condition=Q(state="open", closed_on__isnull=True) | (~Q(state="open") & Q(closed_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="open_opportunity_has_no_end",
                condition=~Q(state="open")
                | Q(close_reason__isnull=True, lost_to__isnull=True, closed_from__isnull=True, closed_amount__isnull=True),
            ),
            models.CheckConstraint(name="only_lost_opportunity_went_to_somebody", condition=Q(lost_to__isnull=True) | Q(state="lost")),
            models.CheckConstraint(
                name="opportunity_stands_in_a_stage_and_currency", condition=Q(stage__isnull=False, currency__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["company", "stage"], name="opportunity_open", condition=Q(state="open")),
            models.Index(fields=["party", "-on"], name="opportunity_of_party"),
            models.Index(fields=["salesperson", "expected_close"], name="opportunity_of_salesperson", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}" if self.number else self.name


UNKNOWN = "unknown"
ATTITUDES = (("for_us", _("for us")), ("neutral", _("neutral")), ("against_us", _("against us")), (UNKNOWN, _("not known")))
INFLUENCES = (("high", _("high")), ("medium", _("medium")), ("low", _("low")), (UNKNOWN, _("not known")))


class DealContact(Row):
    """A person of the customer in a deal: which part he plays, how he stands to us and how much his word counts."""

    company_path, owner_path = "opportunity__company", "opportunity__salesperson"

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="contacts", verbose_name=_("opportunity"))
    position = models.BigIntegerField(_("position"), default=0)
    person = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("person"))
    role = models.ForeignKey(ContactRole, models.PROTECT, related_name="+", verbose_name=_("role"))
    attitude = models.TextField(_("attitude"), choices=ATTITUDES, default=UNKNOWN)
    influence = models.TextField(_("influence"), choices=INFLUENCES, default=UNKNOWN)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("contact of a deal"), _("contacts of deals")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "person", "role"], name="deal_contact_once"),
            models.CheckConstraint(name="deal_contact_attitude", condition=Q(attitude__in=[c for c, _word in ATTITUDES])),
            models.CheckConstraint(name="deal_contact_influence", condition=Q(influence__in=[c for c, _word in INFLUENCES])),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {self.person_id} {self.role_id}"


class DealCompetitor(Row):
    """Somebody who offers for the same deal: where we stand beside him, what speaks for and against him, and his price if it is known.

    ``price`` is in the currency of the deal.
    """

    STANDINGS = (("ahead", _("we are ahead")), ("level", _("level with us")), ("behind", _("we are behind")), (UNKNOWN, _("not known")))
    company_path, owner_path = "opportunity__company", "opportunity__salesperson"

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="competitors", verbose_name=_("opportunity"))
    position = models.BigIntegerField(_("position"), default=0)
    competitor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("competitor"))
    standing = models.TextField(_("our position"), choices=STANDINGS, default=UNKNOWN)
    strengths = models.TextField(_("strengths"), blank=True)
    weaknesses = models.TextField(_("weaknesses"), blank=True)
    price = models.DecimalField(_("price"), null=True, blank=True, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("competitor in a deal"), _("competitors in deals")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "competitor"], name="deal_competitor_once"),
            models.CheckConstraint(name="deal_competitor_price", condition=Q(price__isnull=True) | Q(price__gte=0)),
            models.CheckConstraint(name="deal_competitor_standing", condition=Q(standing__in=["ahead", "level", "behind", "unknown"])),
        ]
        indexes = [models.Index(fields=["competitor"], name="deals_of_competitor")]

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {self.competitor_id}"


class StageChange(Row):
    """An opportunity went from one stage to another: after how many days, with which exit criteria met, worth how much."""

    append_only = True
    owner_path = "opportunity__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="changes", verbose_name=_("opportunity"))
    from_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", null=True, verbose_name=_("from"))
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("to"))
    on = models.DateField(_("on"))
    days = models.BigIntegerField(_("days in the stage"), default=0)
    criteria_met = models.JSONField(_("criteria met"), default=list)
    criteria_open = models.JSONField(_("criteria left open"), default=list)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    probability = models.DecimalField(_("probability %"), **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("stage change"), _("stage changes")
        constraints = [models.CheckConstraint(name="stage_change_days", condition=Q(days__gte=0))]

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {self.from_stage_id} > {self.to_stage_id}"


class ForecastSnapshot(Row):
    """How a company's deals stood in a week (``on`` is a day of the week that begins on the Monday ``week``): taken once, kept for ever."""

    append_only = True
    label_paths = ("week",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    week = models.DateField(_("week"))
    on = models.DateField(_("taken on"))

    class Meta:
        verbose_name, verbose_name_plural = _("forecast snapshot"), _("forecast snapshots")
        constraints = [
            models.UniqueConstraint(fields=["company", "week"], name="forecast_snapshot_once_a_week"),
            models.CheckConstraint(name="forecast_snapshot_week_is_a_monday", condition=Q(week__iso_week_day=1)),
            models.CheckConstraint(name="forecast_snapshot_in_its_week", condition=Q(on__gte=F("week"))),
        ]

    def __str__(self) -> str:
        return str(self.week)


class SnapshotDeal(models.Model):
    """A deal as it stood in a snapshot: open, or closed in that year. ``base_amount`` is in company currency at the rate of the day,
    empty where there was none."""

    append_only = True
    company_path, owner_path = "snapshot__company", "opportunity__salesperson"

    snapshot = models.ForeignKey(
        ForecastSnapshot, models.PROTECT, related_name="deals", db_index=False, verbose_name=_("forecast snapshot")
    )
    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="+", verbose_name=_("opportunity"))
    state = models.TextField(_("state"), choices=Opportunity.STATES)
    forecast = models.TextField(_("forecast"), choices=FORECAST)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", db_index=False, verbose_name=_("stage"))
    expected_close = models.DateField(_("expected close"), null=True)
    closed_on = models.DateField(_("closed on"), null=True)
    probability = models.DecimalField(_("probability %"), **PERCENT)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", db_index=False, verbose_name=_("currency"))
    base_amount = models.DecimalField(_("amount in company currency"), null=True, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("deal of a snapshot"), _("deals of a snapshot")
        constraints = [models.UniqueConstraint(fields=["snapshot", "opportunity"], name="snapshot_deal_once")]

    def __str__(self) -> str:
        return f"{self.snapshot_id}: {self.opportunity_id}"


class Quota(Row):
    """What a salesperson is to win between two days, in company currency (CO-08). One day has one quota of a person in a company."""

    owner_path = "salesperson"
    label_paths = ("salesperson__name", "first_on")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    salesperson = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("salesperson"))
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("to"))
    amount = models.DecimalField(_("to be won"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("sales quota"), _("sales quotas")
        constraints = [
            models.CheckConstraint(name="quota_runs_forward", condition=Q(last_on__gte=F("first_on"))),
            models.CheckConstraint(name="quota_amount", condition=Q(amount__gt=0)),
            ExclusionConstraint(
                name="quota_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("salesperson", RangeOperators.EQUAL),
                    (
                        Func(F("first_on"), F("last_on"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.salesperson_id} {self.first_on}"


class Activity(Row):
    """Something one person does with a party, and when: a call, a meeting, a task, a mail, a visit."""

    KINDS = (("call", _("call")), ("meeting", _("meeting")), ("task", _("task")), ("mail", _("e-mail")), ("visit", _("visit")))
    owner_path = "assignee"
    label_paths = ("subject",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, related_name="activities", null=True, blank=True, verbose_name=_("opportunity")
    )
    kind = models.TextField(_("kind"), choices=KINDS, default="task")
    subject = models.TextField(_("subject"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    place = models.TextField(_("place"), blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("assigned to")
    )
    done_at = models.DateTimeField(_("done at"), null=True, editable=False)
    outcome = models.TextField(_("outcome"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("activity"), _("activities")
        constraints = [models.CheckConstraint(name="outcome_only_of_done_activity", condition=Q(outcome="") | Q(done_at__isnull=False))]
        indexes = [
            models.Index(fields=["assignee", "due_at"], name="activity_to_do", condition=Q(done_at__isnull=True)),
            models.Index(fields=["party", "due_at"], name="activity_of_party"),
        ]

    def __str__(self) -> str:
        return self.subject
