"""What waits for somebody: questions to the lists, by what he may do; each answers with a count, its first rows and the whole list.

A panel asks through the list itself, so nobody is told of rows he may not see, and the link shows exactly what was counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.web.frame import company_of
from fondaco.interfaces.web.presenting import table_of
from fondaco.interfaces.web.screens.approving import panel_of
from fondaco.interfaces.web.screens.asked import query_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.approvals.queries import waiting_for as waiting_for_approval
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.reading import columns_for, count, filtered, selected
from fondaco.platform.resources.reading import page as read_page

FIRST = 5
#: Quotes whose last day comes within so many days, and failures that happened within so many days.
SOON, RECENT = 7, 7


@dataclass(frozen=True)
class Asker:
    """Who looks, and when it is there."""

    actor: Actor
    day: date
    zone: ZoneInfo

    @property
    def me(self) -> str:
        return str(self.actor.user_id)

    def mine(self, field: str, permission: str) -> dict[str, str]:
        """Only one's own rows, unless one does this work for the whole company."""
        whole = any(scope == Scope.COMPANY for _company, scope in self.actor.grants(permission))
        return {} if whole else {field: self.me}

    def midnight(self, days: int) -> str:
        """The beginning of the day that comes after so many days."""
        return datetime.combine(self.day + timedelta(days=days), time(), self.zone).isoformat()


@dataclass(frozen=True)
class Panel:
    """One question. It is asked of those who hold one of ``rights``: those who do something about the answer, not all who may see it."""

    title: Any
    resource: str
    rights: Sequence[str]
    asks: Callable[[Asker], Mapping[str, str]]
    sort: str
    columns: Sequence[str]
    #: The column whose date is late when it has passed.
    due: str = ""


PANELS = (
    Panel(
        gettext_lazy("Activities due today or late"), "activities", ["crm.write_activity"],
        lambda who: {"to_do": "1", "assignee": who.me, "due_at__lt": who.midnight(1)}, "due_at", ["subject", "kind", "party", "due_at"],
    ),
    Panel(
        gettext_lazy("Next steps due today or late"), "opportunities", ["crm.write_opportunity"],
        lambda who: {"state": "open", "next_step_on__lte": f"{who.day}", **who.mine("salesperson", "crm.write_opportunity")},
        "next_step_on", ["name", "party", "next_step", "next_step_on"], due="next_step_on",
    ),
    Panel(
        gettext_lazy("Quotes about to expire"), "quotes", ["sales.send_quote"],
        lambda who: {"state": "sent", "valid_until__lte": f"{who.day + timedelta(days=SOON)}", **who.mine("salesperson", "sales.send_quote")},
        "valid_until", ["number", "customer", "valid_until", "gross"], due="valid_until",
    ),
    Panel(
        gettext_lazy("Tickets of my customers"), "tickets", ["crm.write_opportunity"],
        lambda who: {"open": "1", "party__salesperson": who.me}, "answer_due_at", ["number", "subject", "party", "answer_due_at"],
    ),
    Panel(
        gettext_lazy("Open opportunities"), "opportunities", ["crm.write_opportunity"],
        lambda who: {"state": "open", **who.mine("salesperson", "crm.write_opportunity")}, "expected_close", ["name", "party", "stage", "expected_close", "amount"],
        due="expected_close",
    ),
    Panel(
        gettext_lazy("My tickets"), "tickets", ["service.reply_ticket"],
        lambda who: {"open": "1", "assignee": who.me}, "answer_due_at", ["number", "subject", "party", "priority", "answer_due_at"],
    ),
    Panel(
        gettext_lazy("Tickets that nobody has taken"), "tickets", ["service.assign_ticket"],
        lambda who: {"unassigned": "1"}, "answer_due_at", ["number", "subject", "party", "priority", "answer_due_at"],
    ),
    Panel(
        gettext_lazy("Callers to call back"), "call-backs", ["telephony.call_back"],
        lambda who: {"state": "open"}, "due_at", ["number", "party", "due_at", "attempts"],
    ),
    Panel(
        gettext_lazy("Promises that cannot be kept"), "orders", ["sales.confirm_order"],
        lambda who: {"promise_broken": "1"} | who.mine("salesperson", "sales.confirm_order"), "requested_on", ["number", "customer", "requested_on"],
    ),
    Panel(
        gettext_lazy("Late deliveries"), "orders", ["sales.deliver_order"],
        lambda who: {"late": "1"}, "requested_on", ["number", "customer", "requested_on"], due="requested_on",
    ),
    Panel(
        gettext_lazy("Orders to ship"), "orders", ["sales.deliver_order"],
        lambda who: {"to_deliver": "1"}, "requested_on", ["number", "customer", "requested_on"], due="requested_on",
    ),
    Panel(
        gettext_lazy("Requisitions to order"), "requisitions", ["sourcing.order_requisition"],
        lambda who: {"to_order": "1"}, "needed_on", ["number", "purpose", "requester", "needed_on", "net"], due="needed_on",
    ),
    Panel(
        gettext_lazy("Offers to award"), "quote-requests", ["sourcing.award_request"],
        lambda who: {"to_award": "1"}, "answer_by", ["number", "subject", "answer_by", "answers"],
    ),
    Panel(
        gettext_lazy("Vendors ask for another day"), "vendor-answers", ["purchasing.write_order"],
        lambda who: {"to_answer": "1"}, "on", ["order", "order__vendor", "on", "note"],
    ),
    Panel(
        gettext_lazy("Contracts that end or are nearly used up"), "purchase-contracts", ["purchasing.write_contract"],
        lambda who: {"to_look_at": "1"}, "valid_to", ["number", "vendor", "valid_to", "called_value"], due="valid_to",
    ),
    Panel(
        gettext_lazy("Goods to send back to vendors"), "vendor-returns", ["purchasing.send_vendor_return"],
        lambda who: {"to_send": "1"}, "on", ["number", "vendor", "warehouse", "on"],
    ),
    Panel(
        gettext_lazy("Waiting for vendors' credit"), "vendor-credits-due", ["purchasing.authorise_vendor_return", "payables.write_bill"],
        lambda who: {"waiting": "1"}, "vendor_return__on", ["vendor_return", "vendor_return__vendor", "product", "waiting_quantity", "age"],
    ),
    Panel(
        gettext_lazy("Returns to inspect"), "return-authorisations", ["sales.inspect_return"],
        lambda who: {"to_inspect": "1"}, "on", ["number", "customer", "on", "expires_on"],
    ),
    Panel(
        gettext_lazy("Returns to settle"), "return-authorisations", ["sales.refund_return", "sales.replace_return"],
        lambda who: {"to_settle": "1"}, "on", ["number", "customer", "on"],
    ),
    Panel(
        gettext_lazy("Blanket orders that end or are nearly used up"), "blanket-orders", ["sales.write_blanket"],
        lambda who: {"to_look_at": "1"}, "valid_to", ["number", "customer", "valid_to", "called_value"], due="valid_to",
    ),
    Panel(
        gettext_lazy("Deliveries to post"), "deliveries", ["inventory.post_issue"],
        lambda who: {"state": "draft"}, "on", ["number", "customer", "warehouse", "on"],
    ),
    Panel(
        gettext_lazy("Deliveries to hand over"), "deliveries", ["shipping.hand_over"],
        lambda who: {"to_hand_over": "1"}, "on", ["number", "customer", "packages_made", "on"],
    ),
    Panel(
        gettext_lazy("Bookings refused by the carrier"), "consignments", ["shipping.hand_over"],
        lambda who: {"refused": "1"}, "on", ["number", "issue", "carrier", "on"],
    ),
    Panel(
        gettext_lazy("Parcels held up on the way"), "consignments", ["shipping.hand_over"],
        lambda who: {"held_up": "1"}, "on", ["number", "issue", "carrier", "progress"],
    ),
    Panel(
        gettext_lazy("Goods to depart"), "transport-documents", ["shipping.write_transport"],
        lambda who: {"state": "open"}, "on", ["number", "party", "reason", "on"],
    ),
    Panel(
        gettext_lazy("Deliveries to invoice"), "transport-documents", ["sales.invoice_order"],
        lambda who: {"to_invoice": "1"}, "invoice_by", ["number", "party", "on", "invoice_by"], due="invoice_by",
    ),
    Panel(
        gettext_lazy("Transfers on the way"), "transfers", ["inventory.post_transfer"],
        lambda who: {"state": "sent"}, "on", ["number", "warehouse", "to_warehouse", "on"],
    ),
    Panel(
        gettext_lazy("Counts to finish"), "stock-counts", ["inventory.record_count"],
        lambda who: {"state": "counting"}, "on", ["number", "warehouse", "place", "on"], due="on",
    ),
    Panel(
        gettext_lazy("Counts to approve"), "stock-counts", ["inventory.approve_count"],
        lambda who: {"state": "counted"}, "on", ["number", "warehouse", "place", "on"],
    ),
    Panel(
        gettext_lazy("Lots that expire soon"), "lots", ["inventory.block_lot"],
        lambda who: {"expiring": "1"}, "expires_on", ["number", "product", "expires_on", "on_hand"],
    ),
    Panel(
        gettext_lazy("Lots that expired in stock"), "lots", ["inventory.block_lot"],
        lambda who: {"expired": "1"}, "expires_on", ["number", "product", "expires_on", "on_hand"], due="expires_on",
    ),
    Panel(
        gettext_lazy("Orders to invoice"), "orders", ["sales.invoice_order"],
        lambda who: {"to_invoice": "1"}, "on", ["number", "customer", "on", "gross"],
    ),
    Panel(
        gettext_lazy("Invoices to post"), "invoices", ["invoicing.post_invoice"],
        lambda who: {"state": "draft"}, "on", ["number", "customer", "on", "gross"],
    ),
    Panel(
        gettext_lazy("Bills to post"), "bills", ["payables.post_bill"],
        lambda who: {"state": "draft"}, "due_on", ["number", "vendor", "vendor_number", "due_on", "gross"], due="due_on",
    ),
    Panel(
        gettext_lazy("E-invoices to book"), "received-einvoices", ["einvoicing.draft_bill"],
        lambda who: {"state": "received"}, "on", ["number", "seller_name", "on", "gross"],
    ),
    Panel(
        gettext_lazy("E-invoices that were rejected"), "invoices", ["einvoicing.send_einvoice"],
        lambda who: {"einvoice_rejected": "1"}, "on", ["number", "customer", "on", "gross"],
    ),
    Panel(
        gettext_lazy("Reminders to send"), "dunning-runs", ["receivables.send_reminder"],
        lambda who: {"state": "proposed"}, "on", ["number", "on", "letters"],
    ),
    Panel(
        gettext_lazy("Open disputes"), "disputes", ["receivables.settle_dispute"],
        lambda who: {"state": "open"}, "on", ["number", "party", "kind", "amount"],
    ),
    Panel(
        gettext_lazy("Orders on hold"), "orders", ["sales.approve_credit", "sales.release_hold"],
        lambda who: {"state": "held"}, "on", ["number", "customer", "on", "gross"],
    ),
    Panel(
        gettext_lazy("Online payments to look at"), "online-payments", ["onlinepayments.refund_payment", "payments.settle_receipt"],
        lambda who: {"to_look_at": "1"}, "-id", ["number", "party", "on", "amount", "excess"],
    ),
    Panel(
        gettext_lazy("Bank lines to match"), "bank-lines", ["banking.match_line"],
        lambda who: {"state": "open"}, "booked_on", ["booked_on", "counterparty", "remittance", "amount"],
    ),
    Panel(
        gettext_lazy("VAT returns to file"), "vat-returns", ["tax.file_return"],
        lambda who: {"state": "open", "ends_on__lt": f"{who.day}"}, "ends_on", ["definition", "starts_on", "ends_on"], due="ends_on",
    ),
    Panel(
        gettext_lazy("Intrastat lists to file"), "intrastat-lists", ["intrastat.file_statement"],
        lambda who: {"state": "open", "ends_on__lt": f"{who.day}"}, "due_on", ["kind", "starts_on", "ends_on", "due_on"], due="due_on",
    ),
    Panel(
        gettext_lazy("Receipts to post"), "payments", ["payments.post_receipt"],
        lambda who: {"state": "draft"}, "on", ["number", "party", "on", "amount"],
    ),
    Panel(
        gettext_lazy("Bank accounts to confirm"), "party-bank-accounts", ["parties.approve_bank_account"],
        lambda who: {"state": "held"}, "id", ["party", "iban", "bank_name"],
    ),
    Panel(
        gettext_lazy("Payment runs to release"), "payment-runs", ["payments.release_payment"],
        lambda who: {"state": "submitted"}, "on", ["number", "on", "bank_account", "total"],
    ),
    Panel(
        gettext_lazy("Payments to vendors to post"), "disbursements", ["payments.release_payment"],
        lambda who: {"state": "draft"}, "on", ["number", "party", "on", "amount"],
    ),
    Panel(
        gettext_lazy("Manual entries to post"), "vouchers", ["ledger.post_voucher"],
        lambda who: {"state": "draft"}, "on", ["number", "memo", "on"],
    ),
    Panel(
        gettext_lazy("Overdue receivables"), "open-items", ["ledger.post_voucher", "payments.settle_receipt", "invoicing.post_invoice"],
        lambda who: {"control": "receivable", "closed_on__isnull": "1", "due_on__lt": f"{who.day}", "open_amount__gt": "0"},
        "due_on", ["party", "entry", "due_on", "open_amount"], due="due_on",
    ),
    Panel(
        gettext_lazy("Messages that could not be sent"), "outbox", ["events.send_again"],
        lambda who: {"given_up": "1"}, "-id", ["key", "channel", "created_at", "last_error"],
    ),
    Panel(
        gettext_lazy("Failed jobs of everybody"), "jobs", ["jobs.run_again"],
        lambda who: {"state__in": "failed,refused", "created_at__gte": who.midnight(-RECENT)}, "-id", ["title", "actor", "state", "created_at"],
    ),
)  # fmt: skip


def waiting_for(request: HttpRequest) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The panels with rows, and those that are empty as title and address. Two statements a panel, however many rows there are."""
    actor = request.actor  # type: ignore[attr-defined]
    company = company_of(request)
    who = Asker(actor, today_of(request), ZoneInfo(company.time_zone if company else "UTC"))
    full, empty = [], []
    for panel in PANELS:
        resource = RESOURCES[panel.resource]
        if not actor.may(resource.view_permission) or not any(actor.may(right) for right in panel.rights):
            continue
        shown = _answered(request, panel, resource, who)
        (full if shown["count"] else empty).append(shown)
    asked = panel_of(actor, waiting_for_approval(actor, on=who.day))
    return [*asked, *full, *_own_failures(actor)], empty


def _answered(request: HttpRequest, panel: Panel, resource: type[Resource], who: Asker) -> dict[str, Any]:
    words = {**panel.asks(who), "sort": panel.sort}
    query = query_of(request, resource, words)
    rows = filtered(resource, who.actor, query)
    number, exact = count(rows)
    made = {"title": panel.title, "url": f"{resource.url()}?{urlencode(words)}", "count": number, "exact": exact, "icon": resource.icon}
    if not number:
        return made
    hidden = {c.path for c in resource.shown()} - {c.path for c in columns_for(resource.shown(), who.actor)}
    columns = selected(resource, who.actor, [c for c in panel.columns if c not in hidden])
    found = read_page(resource, who.actor, replace(query, limit=FIRST), columns).rows
    table = table_of(
        resource, columns, found, who.actor, caption=str(panel.title), sort="", url_with=lambda **_changes: None, selectable=False
    )
    for place, column in enumerate(columns):
        if column.path == panel.due:
            for row in table["rows"]:
                value = row["cells"][place]
                row["cells"][place] = {"date": value, "late": value < who.day} if value is not None else None
    return made | {"table": table | {"plain": True}}


def _own_failures(actor: Actor) -> list[dict[str, Any]]:
    """The reader's own long work that came to nothing lately; everybody sees his own."""
    since = timezone.now() - timedelta(days=RECENT)
    failed = Job.objects.filter(user=actor.user_id, state__in=[Job.FAILED, Job.REFUSED], created_at__gte=since).order_by("-id")
    number = failed.count()
    if not number:
        return []
    columns = [{"key": "title", "title": _("Job"), "kind": "key", "lead": True}, {"key": "message", "title": _("What happened"), "kind": "text"}, {"key": "at", "title": _("When"), "kind": "moment"}]  # fmt: skip
    rows = [{"id": j.pk, "url": f"/-/jobs/{j.pk}", "name": j.title, "cells": [j.title, j.message, j.created_at]} for j in failed[:FIRST]]
    title = _("My failed jobs")
    return [{"title": title, "url": "/-/jobs", "count": number, "exact": True, "icon": "clock", "table": {"caption": title, "columns": columns, "rows": rows, "plain": True}}]  # fmt: skip
