"""How reasons, time, rates and satisfaction are shown, written and served; and what tickets show of theirs."""

from django.db.models import OuterRef, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.quality import actions, reactions, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.frontoffice.quality.models import CostRate, ReasonCode, ServiceCostAccount, Survey, SurveyPolicy, TicketReason, TimeEntry
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.platform.resources.declare import Column, Resource, also_shows, register


@register
class ReasonCodeResource(Resource):
    model, key, natural_key = ReasonCode, "ticket-reasons", "code"
    title, title_one, job, icon = _("Reasons of tickets"), _("Reason of tickets"), "serve", "note"
    group, place = "set_up", 7
    view_permission, write_permission = "quality.view_reason", "quality.write_reason"
    columns = ["code", "name", "name_it", "parent", "is_active"]
    fields = [*columns, "company"]
    writable = ["company", "code", "name", "name_it", "parent", "is_active"]
    filters, search, sort = ["company", "parent", "is_active"], ["code", "name", "name_it"], "code"


@register
class TimeEntryResource(Resource):
    model, key = TimeEntry, "ticket-times"
    title, title_one, job, icon = _("Time on tickets"), _("Time on a ticket"), "serve", "note"
    group, place = "reports", 6
    view_permission = "quality.view_time"
    columns = [
        "on", "ticket", "user", "minutes", "note", Column("hourly_cost", right="quality.view_cost", summed=False), Column("cost", right="quality.view_cost", currency="company__currency__code"),
    ]  # fmt: skip
    fields = [*columns, "company"]
    filters, sort = ["company", "ticket", "user", "on"], "-on"


@register
class CostRateResource(Resource):
    model, key = CostRate, "service-cost-rates"
    title, title_one, job, icon = _("Cost rates of service"), _("Cost rate of service"), "serve", "note"
    group, place = "set_up", 8
    view_permission, write_permission = "quality.view_cost", "quality.write_rate"
    columns = ["valid_from", "user", Column("hourly_cost", kind="amount", summed=False, currency="company__currency__code")]
    fields = [*columns, "company"]
    writable = ["company", "user", "valid_from", "hourly_cost"]
    filters, sort = ["company", "user"], "-valid_from"


@register
class ServiceCostAccountResource(Resource):
    model, key = ServiceCostAccount, "service-cost-accounts"
    title, title_one, job, icon = _("Accounts of service cost"), _("Account of service cost"), "serve", "note"
    group, place = "set_up", 9
    view_permission, write_permission = "quality.view_cost", "quality.write_rate"
    columns = ["account", "company"]
    writable = ["company", "account"]
    filters = ["company"]


@register
class SurveyPolicyResource(Resource):
    model, key = SurveyPolicy, "survey-policies"
    title, title_one, job, icon = _("Satisfaction surveys"), _("Satisfaction survey"), "serve", "note"
    group, place = "set_up", 10
    view_permission, write_permission = "quality.view_survey", "quality.write_survey"
    columns = ["company", "is_active", "rest_days", "open_days", "changeable_days"]
    writable = ["company", "is_active", "rest_days", "open_days", "changeable_days"]
    filters = ["company"]


@register
class SurveyResource(Resource):
    model, key = Survey, "satisfaction"
    title, title_one, job, icon = _("Satisfaction of customers"), _("Satisfaction of a customer"), "serve", "note"
    group, place = "reports", 5
    view_permission = "quality.view_survey"
    columns = [
        "asked_at",
        "ticket",
        Column("ticket__party", _("Customer")),
        "score",
        "comment",
        "answered_at",
        Column("ticket__assignee", _("Agent")),
    ]
    fields = [*columns, "email", "language", "open_until", "company"]
    filters, search, sort = (
        ["company", "score", "ticket", "ticket__party", "ticket__assignee", "answered_at"],
        ["comment", "email"],
        "-asked_at",
    )


def _minutes() -> Subquery:
    return Subquery(
        TimeEntry.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket").annotate(total=Sum("minutes")).values("total")
    )


def _reason() -> Subquery:
    return Subquery(TicketReason.objects.filter(ticket=OuterRef("pk")).values("reason__name")[:1])


def _score() -> Subquery:
    return Subquery(Survey.objects.filter(ticket=OuterRef("pk")).values("score")[:1])


also_shows(
    TicketResource,
    fields=[
        Column("reason_given", _("Reason"), "text", rare=True), Column("minutes_spent", _("Minutes spent"), "number", rare=True), Column("satisfaction", _("Satisfaction, 1 to 5"), "number", rare=True),
    ],
    annotations={"reason_given": _reason, "minutes_spent": _minutes, "satisfaction": _score},
)  # fmt: skip
