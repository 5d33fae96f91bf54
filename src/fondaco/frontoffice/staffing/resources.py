"""How shifts and targets are shown, written and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.staffing import refusals  # noqa: F401  sentences are declared on import
from fondaco.frontoffice.staffing.models import QueueTarget, Shift
from fondaco.platform.resources.declare import Resource, register


@register
class ShiftResource(Resource):
    model, key = Shift, "shifts"
    title, title_one, job, icon = _("Shifts"), _("Shift"), "serve", "note"
    group, place = "team", 5
    view_permission, write_permission = "staffing.view_shift", "staffing.write_shift"
    columns = ["user", "starts_at", "ends_at", "note"]
    fields = [*columns, "company"]
    writable = ["company", "user", "starts_at", "ends_at", "note"]
    filters, search, sort = ["company", "user", "starts_at"], ["user", "note"], "-starts_at"


@register
class QueueTargetResource(Resource):
    model, key = QueueTarget, "queue-targets"
    title, title_one, job, icon = _("Targets of queues"), _("Target of a queue"), "serve", "note"
    group, place = "set_up", 11
    view_permission, write_permission = "staffing.view_shift", "staffing.write_target"
    columns = ["queue", "percent", "within_seconds", "handling_seconds"]
    fields = [*columns, "company"]
    writable = ["company", "queue", "percent", "within_seconds", "handling_seconds"]
    filters, sort = ["company"], "queue"
