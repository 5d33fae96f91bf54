"""How warm a lead is, and how good a customer (SA-10): models of weighted signals, in versions."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

POINTS: dict[str, Any] = {"max_digits": 7, "decimal_places": 1}
FIGURE: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}

#: Signals that are counted on the timeline, each event weighing half after the line's half-life; then what stands in the papers and the books.
BEHAVIOUR = (
    ("answers", _("mails from them")),
    ("calls", _("calls")),
    ("meetings", _("meetings and visits")),
    ("enquiries", _("enquiries and questions")),
    ("web", _("quotes opened and visits on the web")),
    ("accepted", _("quotes accepted")),
)
FIGURES = (
    ("quiet_days", _("days since they were last heard of")),
    ("revenue", _("invoiced in a year")),
    ("margin", _("contribution margin of a year, in percent of the revenue")),
    ("days_late", _("days paid late, on average of a year")),
    ("disputes", _("disputes in a year")),
    ("trend", _("revenue of half a year, in percent of the one before")),
)


class ScoringModel(Document):
    """What counts for a score in a company, in one version. One in force never changes: the next version is drafted from it.

    A score is ``base`` and the points of the lines, not below 0 and not above 100, rounded half away from zero.
    """

    label_paths = ("number",)
    DRAFT, IN_FORCE, SUPERSEDED = "draft", "in_force", "superseded"
    STATES = ((DRAFT, _("draft")), (IN_FORCE, _("in force")), (SUPERSEDED, _("superseded")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    model_version = models.BigIntegerField(_("version"), default=1, editable=False)
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    base = models.DecimalField(_("points to begin with"), default=20, **POINTS)
    notes = models.TextField(_("notes"), blank=True)
    in_force_from = models.DateTimeField(_("in force since"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("scoring model"), _("scoring models")
        constraints = [
            models.UniqueConstraint(fields=["company", "model_version"], name="scoring_model_version_once"),
            models.UniqueConstraint(fields=["company"], name="one_scoring_model_in_force", condition=Q(state="in_force")),
            models.UniqueConstraint(fields=["company"], name="one_scoring_model_drafted", condition=Q(state="draft")),
            models.CheckConstraint(name="scoring_model_state", condition=Q(state__in=["draft", "in_force", "superseded"])),
            models.CheckConstraint(name="scoring_model_base", condition=Q(base__gte=0, base__lte=100)),
            models.CheckConstraint(name="scoring_model_says_since_when", condition=Q(state="draft") | Q(in_force_from__isnull=False)),
        ]


class ScoringLine(Row):
    """A signal and what it is worth: no points up to ``low``, all of them from ``high`` on, in between in proportion, to a tenth.

    What is bad has points below zero. An event on the timeline weighs half after each ``half_life_days``.
    """

    company_path = "model__company"
    SIGNALS = (*BEHAVIOUR, *FIGURES)

    model = models.ForeignKey(ScoringModel, models.CASCADE, related_name="lines", verbose_name=_("scoring model"))
    position = models.BigIntegerField(_("line"), default=0)
    signal = models.TextField(_("signal"), choices=SIGNALS)
    points = models.DecimalField(_("points"), **POINTS)
    low = models.DecimalField(_("no points up to"), default=0, **FIGURE)
    high = models.DecimalField(_("all points from"), **FIGURE)
    half_life_days = models.BigIntegerField(_("half after days"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("signal"), _("signals")
        constraints = [
            models.UniqueConstraint(fields=["model", "signal"], name="scoring_signal_once"),
            models.CheckConstraint(
                name="scoring_signal_known",
                condition=Q(signal__in=[
                    "answers", "calls", "meetings", "enquiries", "web", "accepted", "quiet_days", "revenue", "margin", "days_late", "disputes", "trend",
                ]),
            ),
            models.CheckConstraint(name="scoring_bounds_run_upwards", condition=Q(high__gt=F("low"))),
            models.CheckConstraint(name="scoring_points", condition=~Q(points=0) & Q(points__gte=-100, points__lte=100)),
            models.CheckConstraint(
                name="scoring_half_life_of_events",
                condition=Q(half_life_days__isnull=True)
                | Q(half_life_days__gt=0, half_life_days__lte=3650, signal__in=["answers", "calls", "meetings", "enquiries", "web", "accepted"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.signal
