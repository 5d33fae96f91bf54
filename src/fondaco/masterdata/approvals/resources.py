"""How approval policies, deputies and requests are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.masterdata.approvals.conditions import CONDITIONS, asks
from fondaco.masterdata.approvals.kinds import KINDS
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalPolicy, ApprovalRequest, ApprovalStep, Deputy
from fondaco.masterdata.approvals.refusals import ConditionUnknown, UnknownKind
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

#: Conditions on figures, for kinds that know them.
FIGURES = ["margin_under", "discount_over", "line_discount_over", "over_limit_by", "terms_over", "group", "new_customer"]


@register
class ApprovalPolicyResource(Resource):
    model, key = ApprovalPolicy, "approval-policies"
    title, title_one, job, icon = _("Approval policies"), _("Approval policy"), "set_up", "check"
    view_permission, write_permission = "approvals.view_policy", "approvals.write_policy"
    columns = ["priority", "name", "kind", Column("amount_from", currency="company__currency_id"), "party", "is_active", "company"]
    writable = ["company", "kind", "priority", "name", "amount_from", "party", "dimension", "dimension_value", *FIGURES, "is_active"]
    filters, sort = ["company", "kind", "is_active"], "priority"
    lines = [Lines(ApprovalStep, "policy", ["position", "role", "days", "escalates_to"], writable=["role", "days", "escalates_to"])]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for draft in drafts:
            if draft.row.kind not in KINDS:
                kinds = ", ".join(sorted(KINDS))
                raise UnknownKind(kind=draft.row.kind, kinds=kinds, fields={"kind": _("Choose one of: {expected}.").format(expected=kinds)})
            kind = KINDS[draft.row.kind]
            for condition in CONDITIONS:
                if asks(getattr(draft.row, condition.field)) and condition.field not in kind.judges:
                    title = draft.row._meta.get_field(condition.field).verbose_name
                    raise ConditionUnknown(policy=draft.row.name, condition=title, kind=kind.title)


@register
class DeputyResource(Resource):
    model, key = Deputy, "deputies"
    title, title_one, job, icon = _("Deputies"), _("Deputy"), "people", "party"
    view_permission, write_permission = "approvals.view_deputy", "approvals.write_deputy"
    columns = writable = ["user", "deputy", "valid_from", "valid_to"]
    filters, sort = ["user", "deputy", "valid_from", "valid_to"], "-valid_from"


@register
class ApprovalRequestResource(Resource):
    model, key = ApprovalRequest, "approval-requests"
    title, title_one, job, icon = _("Approvals"), _("Approval"), "books", "check"
    group, place = "daily", 70
    view_permission = "approvals.view_request"
    columns = ["title", "kind", "party", Column("amount", currency="company__currency_id"), "why", "role", "since", "state"]
    fields = [
        "title",
        "kind",
        "state",
        "party",
        Column("amount", currency="company__currency_id"),
        "why",
        Column("words", rare=True),
        "policy",
        "step",
        "role",
        "escalated_to",
        "since",
        Column("created_by", _("asked by")),
        "company",
    ]
    filters, search, sort = ["company", "kind", "state", "party", "role", "table_name", "row_id"], ["title"], "-id"
    lines = [
        Lines(
            ApprovalDecision,
            "request",
            [
                "step",
                "is_approved",
                Column("created_by", _("by")),
                "for_user",
                Column("at_most", kind="percent", rare=True),
                "comment",
                Column("created_at", _("When")),
            ],
            order=("step",),
            title=_("Decisions"),
        )
    ]
