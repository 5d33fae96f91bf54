"""How service levels, those set by hand, models and accounts of acquisition cost are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.value import actions, background, panels, refusals  # noqa: F401  verbs, work, panels and sentences are declared on import
from fondaco.frontoffice.value.models import AcquisitionAccount, LevelOverride, ServiceLevel, ValueModel
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Resource, register


@register
class ServiceLevelResource(Resource):
    model, key, natural_key = ServiceLevel, "service-levels", "code"
    title, title_one, job, icon = _("Service levels"), _("Service level"), "serve", "note"
    group, place = "set_up", 1
    view_permission, write_permission = "value.view_level", "value.write_level"
    columns = [
        "rank", "code", "name", "basis", Column("from_amount", currency="company__currency__code", summed=False), Column("top_percent", kind="percent"),
        Column("reached_from", currency="company__currency__code", summed=False),
    ]  # fmt: skip
    fields = [*columns, "name_it", "company"]
    writable = ["company", "rank", "code", "name", "name_it", "basis", "from_amount", "top_percent"]
    filters, search, sort = ["company", "basis"], ["code", "name"], "rank"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            if d.row.top_percent is None:
                d.row.reached_from = None


@register
class LevelOverrideResource(Resource):
    model, key = LevelOverride, "service-level-overrides"
    title, title_one, job, icon = _("Service levels by hand"), _("Service level by hand"), "serve", "note"
    group, place = "set_up", 2
    view_permission, write_permission = "value.view_level", "value.write_override"
    columns = ["party", "level", "valid_from", "valid_to", "reason"]
    fields = [*columns, "company"]
    writable = ["company", *columns]
    filters, search, sort = ["company", "party", "level", "valid_to"], ["party", "reason"], "-valid_to"


@register
class ValueModelResource(Resource):
    model, key = ValueModel, "value-models"
    title, title_one, job, icon = _("Value models"), _("Value model"), "sell", "note"
    group, place = "set_up", 8
    view_permission = "value.view_model"
    columns = ["on", "customers", "repeaters", "r", "alpha", "a", "b", "p", "q", "gamma", "log_likelihood", Column("mean_revenue", currency="company__currency__code", summed=False)]  # fmt: skip
    fields = [*columns, "spend_customers", "spend_log_likelihood", "errors", "margin_share", "first_year", "conversion", "company"]
    filters, sort = ["company", "on"], "-on"


@register
class AcquisitionAccountResource(Resource):
    model, key = AcquisitionAccount, "acquisition-accounts"
    title, title_one, job, icon = _("Accounts of acquisition cost"), _("Account of acquisition cost"), "sell", "note"
    group, place = "set_up", 9
    view_permission, write_permission = "value.view_acquisition", "value.write_acquisition"
    columns = ["account", "company"]
    writable, filters, search = ["company", "account"], ["company"], ["account"]
