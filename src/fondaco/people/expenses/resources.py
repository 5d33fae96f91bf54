"""How expense claims and kinds are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import asking as approvals
from fondaco.people.expenses import actions, expecting, refusals  # noqa: F401  verbs, sentences and what is expected are declared on import
from fondaco.people.expenses.approving import CLAIMS
from fondaco.people.expenses.completing import complete
from fondaco.people.expenses.models import ExpenseClaim, ExpenseKind, ExpenseLine
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register


@register
class ExpenseClaimResource(Resource):
    model, key, natural_key = ExpenseClaim, "expense-claims", "number"
    title, title_one, job, icon = _("Expense claims"), _("Expense claim"), "people", "note"
    view_permission, write_permission = "expenses.view_claim", "expenses.write_claim"
    columns = ["number", "employee", "purpose", "on", "state", Column("gross", currency="company__currency_id")]
    fields = [
        "number",
        "state",
        "employee",
        "claimant",
        "on",
        "purpose",
        Column("gross", currency="company__currency_id"),
        "bill",
        "company",
    ]
    writable = ["company", "employee", "on", "purpose"]
    filters, search = ["company", "state", "employee", "claimant", "on"], ["number", "purpose", "employee"]
    lines = [
        Lines(
            ExpenseLine,
            "claim",
            ["on", "kind", "description", "quantity", Column("amount", currency="claim__company__currency_id"), "over_limit_reason"],
            writable=["on", "kind", "description", "quantity", "amount", "over_limit_reason"],
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)
        for draft in drafts:
            draft.row.last_edited_by = actor.username
            if draft.row.pk is None:
                draft.row.claimant_id = actor.user_id

    @classmethod
    def written(cls, rows: Sequence[ExpenseClaim], actor: Actor) -> None:
        approvals.void_changed(CLAIMS, [r.pk for r in rows])

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        return approvals.wrong(CLAIMS, pk) if ExpenseClaim.objects.filter(pk=pk, state="draft").exists() else []


@register
class ExpenseKindResource(Resource):
    model, key, natural_key = ExpenseKind, "expense-kinds", "code"
    title, title_one, job, icon = _("Kinds of expense"), _("Kind of expense"), "set_up", "note"
    view_permission, write_permission = "expenses.view_kind", "expenses.write_kind"
    columns = [
        "code",
        "name",
        "paid",
        Column("limit", currency="company__currency_id"),
        Column("rate", currency="company__currency_id"),
        Column("receipt_from", currency="company__currency_id"),
        "account",
        "is_active",
        "company",
    ]
    writable = ["company", "code", "name", "name_it", "paid", "account", "tax_code", "limit", "rate", "receipt_from", "is_active"]
    filters, search, sort = ["company", "paid", "is_active"], ["code", "name", "name_it"], "code"
