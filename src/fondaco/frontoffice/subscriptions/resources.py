"""How contracts, their lines and charges, meters and records of use are shown, written and served."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DecimalField, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.subscriptions import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.frontoffice.subscriptions.completing import complete
from fondaco.frontoffice.subscriptions.models import (
    AMOUNT,
    Contract,
    ContractAmendment,
    ContractCharge,
    ContractLine,
    ContractPause,
    ContractStep,
    Meter,
    UsageRecord,
    UsageTier,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

CURRENCY = "contract__currency__code"
SOON = timedelta(days=90)


def _brings() -> Any:
    """What a contract brings in a month today."""
    today = timezone.localdate()
    return RawSQL(  # type: ignore[no-untyped-call]
        "coalesce((select b.brings from subscriptions_brings(array[subscriptions_contract.id]) b where b.day <= %s order by b.day desc limit 1), 0)",
        (today,), output_field=DecimalField(**AMOUNT),
    )  # fmt: skip


@register
class ContractResource(Resource):
    model, key, natural_key = Contract, "contracts", "number"
    title, title_one, job, icon = _("Contracts"), _("Contract"), "sell", "calendar"
    place = 20
    view_permission, write_permission = "subscriptions.view_contract", "subscriptions.write_contract"
    columns = [
        "number", "customer", "starts_on", "ends_on", "renews", "state", Column("every_months", kind="text"),
        Column("brings", _("a month"), "amount", "currency__code", summed=False), "currency", "next_on", "salesperson",
    ]  # fmt: skip
    fields = [
        "number", "state", "customer", "reference", "starts_on", "term_months", "ends_on", "renews", "renewal_months",
        Column("rise_percent", kind="percent"), "notice_days", Column("every_months", kind="text"), "calendar", "in_advance", "posts_at_once", "payment_term",
        Column("brings", _("a month"), "amount", "currency__code", summed=False), "currency", "next_on", "version_number", "price_list",
        "quote",
        "salesperson", "conditions", "company",
    ]  # fmt: skip
    writable = [
        "company", "customer", "reference", "currency", "starts_on", "term_months", "notice_days", "renews", "renewal_months", "rise_percent",
        "every_months", "calendar", "in_advance", "payment_term", "posts_at_once", "salesperson", "conditions",
    ]  # fmt: skip
    filters, search = (
        ["company", "state", "customer", "starts_on", "ends_on", "renews", "next_on", "salesperson"],
        ["number", "reference", "customer"],
    )
    conditions = {
        "due": (_("to invoice"), lambda: Q(next_on__lte=timezone.localdate())),
        "ends_soon": (_("ends within 90 days"), lambda: Q(state="active", ends_on__lte=timezone.localdate() + SOON)),
        "paused": (_("paused"), lambda: Q(pauses__last__isnull=True, pauses__isnull=False)),
    }
    annotations = {"brings": _brings}
    lines = [
        Lines(
            ContractLine, "contract",
            [
                "position", "product", "description", "kind", "quantity", Column("unit_price", currency=CURRENCY, summed=False), Column("per_months", kind="text"),
                Column("discount_percent", kind="percent", rare=True), Column("meter", rare=True), Column("rating", rare=True),
                Column("included_quantity", rare=True), Column("package_size", kind="quantity", rare=True),
                Column("minimum", currency=CURRENCY, summed=False, rare=True), Column("cap", currency=CURRENCY, summed=False, rare=True),
            ],
            writable=[
                "product", "description", "kind", "quantity", "unit_price", "per_months", "discount_percent", "meter", "rating", "included_quantity",
                "package_size", "minimum", "cap",
            ],
            opens=True,
        ),
        Lines(
            ContractStep, "contract", ["product", "from_on", "quantity", Column("unit_price", currency=CURRENCY, summed=False), "version_number"],
            writable=["product", "from_on", "quantity", "unit_price"], title=_("Dated prices"), order=("product_id", "from_on", "version_number", "id"),
        ),
        Lines(
            UsageTier, "contract", ["product", "from_quantity", Column("unit_price", currency=CURRENCY, summed=False)],
            writable=["product", "from_quantity", "unit_price"], title=_("Tiers of use"), order=("product_id", "from_quantity", "id"),
        ),
        Lines(
            ContractAmendment, "contract",
            [
                "version_number", "kind", "on", Column("before", currency=CURRENCY, summed=False), Column("after", currency=CURRENCY, summed=False),
                "said", "reason", Column("created_by", _("By")),
            ],
            title=_("Amendments"), order=("version_number",),
        ),
        Lines(ContractPause, "contract", ["first", "last"], title=_("Pauses"), order=("first",)),
        Lines(
            ContractCharge, "contract",
            [
                "first", "last", "line", "kind", Column("amount", currency=CURRENCY), Column("invoice_line__invoice", _("Invoice")),
                Column("taken_back_by", rare=True), Column("explanation", below=True),
            ],
            title=_("Invoiced"), order=("-first", "line_id", "id"),
        ),
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)


@register
class ContractLineResource(Resource):
    model, key = ContractLine, "contract-lines"
    title, title_one, job, icon = _("Lines of contracts"), _("Line of a contract"), "", "note"
    view_permission = "subscriptions.view_contract"
    columns = [
        "contract", "product", "description", "kind", "quantity", Column("unit_price", currency=CURRENCY, summed=False), Column("per_months", kind="text"), "meter",
    ]  # fmt: skip
    fields = [
        *columns, Column("discount_percent", kind="percent"), "rating", "included_quantity", Column("package_size", kind="quantity"),
        Column("minimum", currency=CURRENCY), Column("cap", currency=CURRENCY), "added_in",
    ]  # fmt: skip
    filters = ["contract", "product", "kind", "meter"]


@register
class ContractChargeResource(Resource):
    model, key = ContractCharge, "contract-charges"
    title, title_one, job, icon = _("Invoiced of contracts"), _("Invoiced of a contract"), "sell", "note"
    group, place = "reports", 35
    view_permission = "subscriptions.view_contract"
    columns = [
        "first", "last", "contract", Column("contract__customer", _("Customer")), "line", "kind", "quantity", Column("amount", currency=CURRENCY),
        Column("invoice_line__invoice", _("Invoice")), "taken_back_by",
    ]  # fmt: skip
    fields = [*columns, "explanation", Column("due", currency=CURRENCY), "priced_version", "period_from", "period_to"]
    filters, sort = ["contract", "contract__customer", "line", "kind", "first", "last"], "-first"
    conditions = {"stands": (_("stands"), lambda: Q(taken_back_by=None))}


@register
class MeterResource(Resource):
    model, key, natural_key = Meter, "meters", "code"
    title, title_one, job, icon = _("Meters"), _("Meter"), "sell", "note"
    group, place = "set_up", 45
    view_permission, write_permission = "subscriptions.view_meter", "subscriptions.write_meter"
    columns = ["code", "name", "customer", "unit", "company"]
    writable = ["company", "code", "name", "customer", "unit"]
    filters, search, sort = ["company", "customer"], ["code", "name", "customer"], "code"


@register
class UsageRecordResource(Resource):
    model, key = UsageRecord, "usage-records"
    title, title_one, job, icon = _("Records of use"), _("Record of use"), "sell", "note"
    group, place = "reports", 36
    view_permission = "subscriptions.view_usage"
    columns = ["on", "meter", Column("meter__customer", _("Customer")), "quantity", "source", "key", "reverses"]
    fields = [*columns, "note", "company"]
    filters, search, sort = ["company", "meter", "meter__customer", "on", "source"], ["key"], "-on"
    conditions = {"reversals": (_("reversals"), lambda: Q(reverses__isnull=False))}
