"""Who answers whom: agents and what they can, hours of service, the policy in force, what waits, and every decision with what it was made of (SV-03)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
LANGUAGES = (("", _("any")), ("en", "English"), ("it", "Italiano"))
CHANNELS = (("", _("any")), *Ticket.CHANNELS)
PRIORITIES = (("", _("as it came")), *Ticket.PRIORITIES)
CONTRACTS = (("", _("any")), ("yes", _("has a contract in force")), ("no", _("has none")))
HOURS = (("", _("at any time")), ("open", _("within the hours of service")), ("closed", _("outside the hours of service")))


class Agent(Row):
    """Somebody who answers customers: how many tickets at once, and of these calls and chats that are going on; in which languages, and whether
    he is there. Whoever said that he is there, and whose browser has gone silent, is not (``AgentBeat``)."""

    AVAILABLE, AWAY, OFFLINE = "available", "away", "offline"
    PRESENCES = ((AVAILABLE, _("available")), (AWAY, _("away")), (OFFLINE, _("offline")))
    owner_path = "user"
    label_paths = ("user__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user"))
    capacity = models.BigIntegerField(_("tickets at once"), default=5)
    calls_at_once = models.BigIntegerField(_("calls at once"), default=1)
    chats_at_once = models.BigIntegerField(_("chats at once"), default=3)
    speaks_english = models.BooleanField(_("speaks English"), default=True)
    speaks_italian = models.BooleanField(_("speaks Italian"), default=True)
    presence = models.TextField(_("presence"), choices=PRESENCES, default=OFFLINE, editable=False)
    presence_since = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("agent"), _("agents")
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="agent_once"),
            models.CheckConstraint(name="agent_capacity", condition=Q(capacity__gte=0, calls_at_once__gte=0, chats_at_once__gte=0)),
            models.CheckConstraint(name="agent_presence", condition=Q(presence__in=["available", "away", "offline"])),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class AgentSkill(Row):
    """What an agent can, and how well, from 1 to 5."""

    company_path = "agent__company"
    owner_path = "agent__user"

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="skills", verbose_name=_("agent"))
    position = models.BigIntegerField(_("line"), default=0)
    skill = models.TextField(_("skill"))
    level = models.BigIntegerField(_("level, 1 to 5"), default=3)

    class Meta:
        verbose_name, verbose_name_plural = _("skill"), _("skills")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="agent_skill_once"),
            models.CheckConstraint(name="agent_skill_level", condition=Q(level__gte=1, level__lte=5)),
        ]

    def __str__(self) -> str:
        return self.skill


class AgentBeat(models.Model):
    """When an agent's browser was last heard of; it says so every few seconds, which is no history of anything."""

    company_path, owner_path = "agent__company", "agent__user"

    agent = models.OneToOneField(Agent, models.CASCADE, primary_key=True, related_name="beat", verbose_name=_("agent"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("sign of life"), _("signs of life")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.at:%H:%M:%S}"


class RoutingPolicy(Document):
    """Rules in their order, as one version: written as a draft, then in force for its company until the next one. It never changes again."""

    STATES = (("draft", _("draft")), ("active", _("in force")), ("retired", _("no longer in force")))
    seldom_changes = True
    series, date_field = "RTP", "on"
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    on = models.DateField(_("written on"), default=timezone.localdate)
    calendar = models.ForeignKey(
        "sla.BusinessCalendar", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("hours of service")
    )
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    active_from = models.DateTimeField(_("in force from"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("routing policy"), _("routing policies")
        constraints = [
            models.UniqueConstraint(fields=["company"], name="one_policy_in_force", condition=Q(state="active")),
            models.CheckConstraint(
                name="policy_in_force_is_numbered", condition=Q(state="draft") | Q(number__isnull=False, active_from__isnull=False)
            ),
        ]


class RoutingRule(Row):
    """A rule of a policy: every condition that is named must be met, then what it says is done; the first that fits counts.

    Values, potential and what is overdue are in company currency. ``topic`` holds words, separated by commas, one of which the subject must
    have. After ``overflow_after`` seconds in which nobody could take it, a ticket goes to ``overflow_queue`` and asks for ``overflow_skill``
    instead; where that is empty, anybody may take it then.
    """

    seldom_changes = True
    company_path = "policy__company"
    label_paths = ("name",)
    PREFERS = (("", _("nobody")), ("salesperson", _("the customer's salesperson")), ("last_agent", _("who answered last")))

    policy = models.ForeignKey(RoutingPolicy, models.CASCADE, related_name="rules", verbose_name=_("routing policy"))
    position = models.BigIntegerField(_("line"), default=0)
    name = models.TextField(_("name"))
    channel = models.TextField(_("channel"), choices=CHANNELS, blank=True, default="")
    queue = models.TextField(_("came to queue"), blank=True, default="")
    language = models.TextField(_("customer's language"), choices=LANGUAGES, blank=True, default="")
    level = models.ForeignKey(
        "value.ServiceLevel", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("service level")
    )
    value_from = models.DecimalField(_("value from"), null=True, blank=True, **AMOUNT)
    potential_from = models.DecimalField(_("potential from"), null=True, blank=True, **AMOUNT)
    overdue_from = models.DecimalField(_("overdue from"), null=True, blank=True, **AMOUNT)
    open_tickets_from = models.BigIntegerField(_("open tickets from"), null=True, blank=True)
    contract = models.TextField(_("contract"), choices=CONTRACTS, blank=True, default="")
    hours = models.TextField(_("hours of service"), choices=HOURS, blank=True, default="")
    topic = models.TextField(_("topic, by words of the subject"), blank=True, default="")
    to_queue = models.TextField(_("to queue"), blank=True, default="")
    skill = models.TextField(_("skill wanted"), blank=True, default="")
    skill_level = models.BigIntegerField(_("at least at level"), default=1)
    prefers = models.TextField(_("first asks"), choices=PREFERS, blank=True, default="")
    priority = models.TextField(_("priority"), choices=PRIORITIES, blank=True, default="")
    overflow_after = models.BigIntegerField(_("passed on after, seconds"), null=True, blank=True)
    overflow_queue = models.TextField(_("passed on to queue"), blank=True, default="")
    overflow_skill = models.TextField(_("skill wanted then"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("routing rule"), _("routing rules")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(name="routing_rule_skill_level", condition=Q(skill_level__gte=1, skill_level__lte=5)),
            models.CheckConstraint(name="routing_rule_overflow", condition=Q(overflow_after__isnull=True) | Q(overflow_after__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingDecision(Row):
    """Where a ticket was sent, by which rule of which policy, and everything that was known then: asked again, it comes out the same.

    ``inputs`` are what was known of customer and ticket, ``agents`` who was there with which load, ``reasons`` why each rule did not fit.
    """

    append_only = True
    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", verbose_name=_("ticket"))
    policy = models.ForeignKey(RoutingPolicy, models.PROTECT, related_name="+", verbose_name=_("routing policy"))
    rule = models.ForeignKey(RoutingRule, models.PROTECT, related_name="+", null=True, verbose_name=_("rule"))
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+", null=True, verbose_name=_("agent"))
    queue = models.TextField(_("queue"), blank=True)
    priority = models.TextField(_("priority"), blank=True)
    inputs = models.JSONField(_("what was known"))
    agents = models.JSONField(_("who was there"))
    reasons = models.JSONField(_("why"))

    class Meta:
        verbose_name, verbose_name_plural = _("routing decision"), _("routing decisions")
        indexes = [models.Index(fields=["ticket", "-id"], name="decisions_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.rule_id}"


class Waiting(models.Model):
    """A ticket that nobody could take yet: since when, and with which queue and priority it came. It is offered again whenever somebody arrives or
    has room; ``overflow_at`` is when it is passed on, until it was."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("ticket"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    since = models.DateTimeField(_("since"), default=timezone.now)
    queue = models.TextField(_("came to queue"), blank=True)
    priority = models.TextField(_("came with priority"), blank=True)
    overflow_at = models.DateTimeField(_("passed on at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("waiting ticket"), _("waiting tickets")
        indexes = [models.Index(fields=["company", "since"], name="waiting_of_company")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.since:%H:%M:%S}"
