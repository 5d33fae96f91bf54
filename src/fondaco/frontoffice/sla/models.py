"""What customers were promised and how it is kept (SV-04): business calendars, service promises in versions, clocks of tickets and what was done before they ran out."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

SECONDS: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
FIRST, NEXT, SOLUTION = "first", "next", "solution"
KINDS = ((FIRST, _("first answer")), (NEXT, _("next answer")), (SOLUTION, _("solution")))
STATES = (("draft", _("draft")), ("active", _("in force")), ("retired", _("no longer in force")))
#: The longest promise, in minutes of business time.
LONGEST = 200_000


class BusinessCalendar(Document):
    """When a service works: hours by weekday in a time zone, without the public holidays of a country and the days it closes itself.

    Put in force it never changes again, and its openings are written down (``Opening``); another one is named by the next promises.
    """

    STATES = STATES
    seldom_changes = True
    series, date_field = "CAL", "on"
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    on = models.DateField(_("written on"), default=timezone.localdate)
    time_zone = models.TextField(_("time zone"), default="Europe/Rome")
    country = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed on public holidays of"),
    )  # fmt: skip
    region = models.TextField(_("region"), blank=True, help_text=_("ISO 3166-2 part, such as BZ, where holidays differ by region"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    active_from = models.DateTimeField(_("in force from"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("business calendar"), _("business calendars")
        constraints = [
            models.UniqueConstraint(fields=["id", "company"], name="business_calendar_of_company"),
            models.CheckConstraint(
                name="business_calendar_is_numbered", condition=Q(state="draft") | Q(number__isnull=False, active_from__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarHours(Row):
    """Hours of a weekday, by the clock on the wall of the calendar's zone. Until 00:00 is until midnight."""

    WEEKDAYS = (
        (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
    )  # fmt: skip
    seldom_changes = True
    company_path = "calendar__company"

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="hours", verbose_name=_("business calendar"))
    position = models.BigIntegerField(_("line"), default=0)
    weekday = models.BigIntegerField(_("weekday"), choices=WEEKDAYS)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("until"))

    class Meta:
        verbose_name, verbose_name_plural = _("hours"), _("hours")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "weekday", "opens"], name="calendar_hours_once"),
            models.CheckConstraint(
                name="calendar_hours_run_forward",
                condition=Q(weekday__gte=0, weekday__lte=6) & (Q(closes__gt=F("opens")) | Q(closes="00:00")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}"


class CalendarClosure(Row):
    """A day on which a calendar is closed, besides public holidays; or a holiday on which it works."""

    seldom_changes = True
    company_path = "calendar__company"

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="closures", verbose_name=_("business calendar"))
    position = models.BigIntegerField(_("line"), default=0)
    on = models.DateField(_("date"))
    name = models.TextField(_("name"), blank=True)
    works = models.BooleanField(_("works all the same"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("closed day"), _("closed days")
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="calendar_closure_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".strip()


class Opening(Row):
    """One stretch in which a calendar is open, and how many seconds it was open before: business time between two moments is a difference of two."""

    append_only = True
    company_path = "calendar__company"

    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="+", db_index=False, verbose_name=_("business calendar"))
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    seconds_before = models.BigIntegerField(_("seconds before"))

    class Meta:
        verbose_name, verbose_name_plural = _("opening"), _("openings")
        constraints = [
            models.CheckConstraint(name="opening_runs_forward", condition=Q(closes_at__gt=F("opens_at"), seconds_before__gte=0)),
            models.UniqueConstraint(fields=["calendar", "opens_at"], name="opening_once"),
            models.UniqueConstraint(fields=["calendar", "seconds_before"], name="opening_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.opens_at:%Y-%m-%d %H:%M}"


class ServicePromise(Document):
    """What a company promises its customers, as one version: written as a draft, then in force until the next one. It never changes again, and
    tickets keep the version in force when they came."""

    STATES = STATES
    seldom_changes = True
    series, date_field = "SLA", "on"
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    on = models.DateField(_("written on"), default=timezone.localdate)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    active_from = models.DateTimeField(_("in force from"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("service promise"), _("service promises")
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_promise_in_force", condition=Q(state="active")),
            models.CheckConstraint(
                name="promise_in_force_is_numbered", condition=Q(state="draft") | Q(number__isnull=False, active_from__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PromiseLine(Row):
    """Times promised to a contract (or one product of it), to a service level, or to everybody; for a priority and a channel where named.

    For each of the three times the most special line that names one counts: product of a contract, contract, level, everybody; among equals the one
    that names priority and channel, then the first. Times are minutes of the calendar's business time.
    """

    seldom_changes = True
    company_path = "promise__company"
    CHANNELS = (("", _("any")), *Ticket.CHANNELS)
    PRIORITIES = (("", _("any")), *Ticket.PRIORITIES)

    promise = models.ForeignKey(ServicePromise, models.CASCADE, related_name="lines", verbose_name=_("service promise"))
    position = models.BigIntegerField(_("line"), default=0)
    contract = models.ForeignKey(
        "subscriptions.Contract", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("contract")
    )
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product of the contract")
    )
    level = models.ForeignKey(
        "value.ServiceLevel", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("service level")
    )
    priority = models.TextField(_("priority"), choices=PRIORITIES, blank=True, default="")
    channel = models.TextField(_("channel"), choices=CHANNELS, blank=True, default="")
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="+", verbose_name=_("business calendar"))
    first_minutes = models.BigIntegerField(_("first answer, minutes"), null=True, blank=True)
    next_minutes = models.BigIntegerField(_("next answer, minutes"), null=True, blank=True)
    solution_minutes = models.BigIntegerField(_("solution, minutes"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("promised time"), _("promised times")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="promise_line_is_for_one", condition=Q(contract__isnull=True) | Q(level__isnull=True)
            ),
            models.CheckConstraint(name="promise_line_product_of_contract", condition=Q(product__isnull=True) | Q(contract__isnull=False)),
            models.CheckConstraint(
                name="promise_line_promises",
                condition=Q(first_minutes__isnull=False) | Q(next_minutes__isnull=False) | Q(solution_minutes__isnull=False),
            ),
            models.CheckConstraint(
                name="promise_line_minutes",
                condition=(Q(first_minutes__isnull=True) | Q(first_minutes__gte=1, first_minutes__lte=LONGEST))
                & (Q(next_minutes__isnull=True) | Q(next_minutes__gte=1, next_minutes__lte=LONGEST))
                & (Q(solution_minutes__isnull=True) | Q(solution_minutes__gte=1, solution_minutes__lte=LONGEST)),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.promise_id}/{self.position}"


class EscalationStep(Row):
    """What is done when a clock has used so many percent of its time: warn the assignee, raise the priority, send to another queue, tell a manager."""

    WARN, RAISE, QUEUE, MANAGER = "warn", "raise", "queue", "manager"
    DOES = (
        (WARN, _("warn the assignee")),
        (RAISE, _("raise the priority")),
        (QUEUE, _("send to another queue")),
        (MANAGER, _("tell a manager")),
    )
    seldom_changes = True
    company_path = "promise__company"

    promise = models.ForeignKey(ServicePromise, models.CASCADE, related_name="steps", verbose_name=_("service promise"))
    position = models.BigIntegerField(_("line"), default=0)
    kind = models.TextField(_("clock"), choices=KINDS)
    at_percent = models.BigIntegerField(_("used time, %"), default=80)
    does = models.TextField(_("what is done"), choices=DOES)
    priority = models.TextField(_("to priority"), choices=(("", ""), *Ticket.PRIORITIES), blank=True, default="")
    to_queue = models.TextField(_("to queue"), blank=True, default="")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("manager")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("escalation step"), _("escalation steps")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(name="escalation_step_percent", condition=Q(at_percent__gte=1, at_percent__lte=1000)),
            models.CheckConstraint(
                name="escalation_step_is_whole",
                condition=Q(does="warn") | (Q(does="raise") & ~Q(priority="")) | (Q(does="queue") & ~Q(to_queue="")) | Q(does="manager", manager__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.at_percent}% {self.get_does_display()}"


class ServedTicket(Row):
    """When a ticket came, under which version of the promises, and what its customer was to the company; ``reopened`` counts how often it was."""

    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"
    label_paths = ("ticket__number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="served", verbose_name=_("ticket"))
    promise = models.ForeignKey(ServicePromise, models.PROTECT, related_name="+", null=True, verbose_name=_("service promise"))
    level = models.ForeignKey("value.ServiceLevel", models.PROTECT, related_name="+", null=True, verbose_name=_("service level"))
    came_at = models.DateTimeField(_("came at"))
    reopened = models.BigIntegerField(_("opened again"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("served ticket"), _("served tickets")
        indexes = [models.Index(fields=["company", "came_at"], name="served_by_arrival")]

    def __str__(self) -> str:
        return str(self.ticket_id)


class Clock(models.Model):
    """A promised time of one ticket. ``used`` seconds of ``seconds`` were consumed in the stretches that ended; ``running_since`` the open one.

    ``due_at`` is when the time runs out, or ran out: empty while it stands still, and after it ended in time. So ``due_at < now`` says that it was
    broken, at every moment and without a timer. Written by triggers (``migrations/clocks.sql``).
    """

    RUNNING, PAUSED, ENDED, DROPPED = "running", "paused", "ended", "dropped"
    STATES = ((RUNNING, _("running")), (PAUSED, _("paused")), (ENDED, _("ended")), (DROPPED, _("no longer promised")))
    written_by_triggers = True
    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"
    label_paths = ("ticket__number", "kind")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="clocks", verbose_name=_("ticket"))
    kind = models.TextField(_("promise"), choices=KINDS)
    number = models.BigIntegerField(_("number"), default=1)
    line = models.ForeignKey(PromiseLine, models.PROTECT, related_name="+", verbose_name=_("promised time"))
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="+", verbose_name=_("business calendar"))
    state = models.TextField(_("state"), choices=STATES)
    seconds = models.BigIntegerField(_("promised seconds"))
    used = models.DecimalField(_("used seconds"), default=0, **SECONDS)
    started_at = models.DateTimeField(_("started at"))
    running_since = models.DateTimeField(_("running since"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("clock"), _("clocks")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind", "number"], name="clock_once"),
            models.UniqueConstraint(fields=["ticket", "kind"], name="clock_open_once", condition=Q(state__in=["running", "paused"])),
            models.CheckConstraint(name="clock_kind", condition=Q(kind__in=["first", "next", "solution"])),
            models.CheckConstraint(
                name="clock_state",
                condition=Q(state="running", running_since__isnull=False, ended_at__isnull=True)
                | Q(state="paused", running_since__isnull=True, ended_at__isnull=True)
                | Q(state__in=["ended", "dropped"], running_since__isnull=True, ended_at__isnull=False),
            ),
            models.CheckConstraint(name="clock_seconds", condition=Q(seconds__gt=0, used__gte=0)),
        ]
        indexes = [
            models.Index(fields=["company", "due_at"], name="clock_due", condition=Q(state="running")),
            models.Index(fields=["company", "ended_at"], name="clock_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class ClockRun(models.Model):
    """One stretch in which a clock ran."""

    written_by_triggers = True
    company_path, owner_path = "clock__company", "clock__ticket__assignee"

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="runs", verbose_name=_("clock"))
    from_at = models.DateTimeField(_("from"))
    to_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("stretch"), _("stretches")
        constraints = [
            models.CheckConstraint(name="clock_run_runs_forward", condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at"))),
            ExclusionConstraint(
                name="clock_runs_once_at_a_time",
                expressions=[
                    ("clock", RangeOperators.EQUAL),
                    (Func(F("from_at"), F("to_at"), Value("[)"), function="tstzrange", output_field=DateTimeRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.clock_id} {self.from_at}"


class ClockTrace(models.Model):
    """What happened to a clock, and what it was before and after: kept for ever."""

    WHAT = (
        ("started", _("started")), ("paused", _("paused")), ("resumed", _("resumed")), ("ended", _("ended")), ("reopened", _("opened again")),
        ("reckoned", _("reckoned anew")), ("dropped", _("no longer promised")),
    )  # fmt: skip
    written_by_triggers = True
    company_path, owner_path, also_visible_path = "clock__company", "clock__ticket__assignee", "clock__ticket__party__salesperson"

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="traces", verbose_name=_("clock"))
    at = models.DateTimeField(_("at"))
    what = models.TextField(_("what happened"), choices=WHAT)
    why = models.TextField(_("why"), blank=True)
    by = models.TextField(_("by"), blank=True)
    line = models.ForeignKey(PromiseLine, models.PROTECT, related_name="+", verbose_name=_("promised time"))
    line_before = models.ForeignKey(PromiseLine, models.PROTECT, related_name="+", null=True, verbose_name=_("promised time before"))
    seconds = models.BigIntegerField(_("promised seconds"))
    used = models.DecimalField(_("used seconds"), **SECONDS)
    due_at = models.DateTimeField(_("due at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("event of a clock"), _("events of a clock")
        indexes = [models.Index(fields=["clock", "id"], name="trace_of_clock")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.what}"


class Escalation(Row):
    """A step that was taken for a clock, once."""

    append_only = True
    owner_path, also_visible_path = "clock__ticket__assignee", "clock__ticket__party__salesperson"
    label_paths = ("clock__ticket__number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="escalations", verbose_name=_("clock"))
    step = models.ForeignKey(EscalationStep, models.PROTECT, related_name="+", verbose_name=_("step"))
    at = models.DateTimeField(_("at"))
    told = models.TextField(_("told to"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("escalation"), _("escalations")
        constraints = [models.UniqueConstraint(fields=["clock", "step"], name="escalation_once")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.step_id}"
