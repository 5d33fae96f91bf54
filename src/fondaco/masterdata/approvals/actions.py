"""The verbs of approvals: approve, reject; and what time does to those that nobody answers."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.approvals.asking import tell
from fondaco.masterdata.approvals.kinds import COUNTERED, KINDS
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalRequest
from fondaco.masterdata.approvals.queries import countered, standing_of
from fondaco.masterdata.approvals.refusals import ContentChanged, NoCounter, NotYours, OwnWork
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Role
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

WAITING = ApprovalRequest.WAITING
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]


@action(ApprovalRequest, moves={WAITING: WAITING}, permission="approvals.decide_request", title=_("Approve"), done=_("Approved"))
def approve(requests: DocumentSet[ApprovalRequest], *, comment: str = "") -> None:
    """Agree to documents as they were asked for. The last step's yes lets them go on; an earlier one asks the next."""
    _decide(requests, is_approved=True, comment=comment)
    _go_on(requests)


@action(
    ApprovalRequest,
    moves={WAITING: WAITING},
    permission="approvals.decide_request",
    title=_("Approve with less discount"),
    done=_("Approved with less discount"),
    only_when=Q(kind__in=COUNTERED),
)
def counter(requests: DocumentSet[ApprovalRequest], *, at_most: Percent, comment: str = "") -> None:
    """Agree to documents with their discounts cut to at most so many percent of the lists: whoever asked takes that over, and need not ask again."""
    _decide(requests, is_approved=True, comment=comment, at_most=at_most)
    _go_on(requests)


def _go_on(requests: DocumentSet[ApprovalRequest]) -> None:
    """After a yes: to the next step, whose approvers are told, or approved."""
    now = timezone.now()
    going_on = []
    for request in requests:
        if request.step == len(request.steps):
            request.state = ApprovalRequest.APPROVED
            continue
        request.step += 1
        request.role_id = request.steps[request.step - 1]["role"]
        request.escalated_to, request.since = None, now
        going_on.append(request)
    requests.save("step", "role", "escalated_to", "since", "state")
    if going_on:
        tell(going_on)


@action(
    ApprovalRequest,
    moves={WAITING: "rejected"},
    permission="approvals.decide_request",
    title=_("Reject"),
    needs_reason=True,
    done=_("Rejected"),
)
def reject(requests: DocumentSet[ApprovalRequest]) -> None:
    """Refuse documents; the reason is kept, and whoever entered them may correct them and ask again."""
    _decide(requests, is_approved=False, comment=requests.reason)


def _decide(requests: DocumentSet[ApprovalRequest], *, is_approved: bool, comment: str, at_most: Decimal | None = None) -> None:
    """Check who answers and what he answers to, and keep it. The database checks both once more."""
    actor = requests.actor
    standing = standing_of(actor, on=timezone.localdate())
    now = _contents(requests.rows)
    decisions = []
    for request in requests:
        if actor.username in request.authors:
            raise OwnWork(document=request.title, rows=rows_json([request]))
        may, principal = standing.answers(request)
        if not may or not actor.may(KINDS[request.kind].permission, request.company_id):
            raise NotYours(document=request.title, role=request.role.name, rows=rows_json([request]))
        content = now.get((request.table_name, request.row_id), "")
        if content != request.content_hash:
            raise ContentChanged(document=request.title, rows=rows_json([request]))
        decisions.append(
            ApprovalDecision(
                request=request, step=request.step, is_approved=is_approved, for_user_id=principal, comment=comment, content_hash=content
            )
        )
    if at_most is not None:
        _counter(decisions, at_most)
    insert_rows(ApprovalDecision, decisions)


def _counter(decisions: Sequence[ApprovalDecision], at_most: Decimal) -> None:
    """Make answers counter-proposals: never to more than a step before allowed. A few statements a kind."""
    before = countered([d.request for d in decisions])
    for decision in decisions:
        earlier = before.get(decision.request_id)
        decision.at_most = at_most if earlier is None or earlier.at_most is None else min(at_most, earlier.at_most)
    for key in sorted({d.request.kind for d in decisions}):
        kind = KINDS[key]
        own = [d for d in decisions if d.request.kind == key]
        if kind.countered is None:
            raise NoCounter(document=own[0].request.title, kind=kind.title)
        found = kind.countered({d.request.row_id: d.at_most for d in own if d.at_most is not None})
        for decision in own:
            decision.counter_hash, decision.counter_fingerprint = found[decision.request.row_id]


def _contents(requests: Sequence[ApprovalRequest]) -> dict[tuple[str, int], str]:
    """What the documents of requests are now; a few statements a kind."""
    found: dict[tuple[str, int], str] = {}
    for key in sorted({r.kind for r in requests}):
        kind = KINDS[key]
        keys = [r.row_id for r in requests if r.kind == key]
        found |= {(kind.model._meta.db_table, s.pk): s.content_hash for s in kind.subjects(keys)}
    return found


def escalate_late(actor: Actor, on: date) -> list[int]:
    """Let the other role answer too where nobody did in time, and tell it by mail; repeatable, each step once."""
    with unit_of_work(actor.username, "approvals.escalate"):
        waiting = ApprovalRequest.objects.filter(state=WAITING, escalated_to__isnull=True).select_for_update().order_by("pk")
        late = [r for r in waiting if _is_late(r.steps[r.step - 1], r.since, on)]
        roles = Role.objects.in_bulk({r.steps[r.step - 1]["escalates_to"] for r in late})
        for request in late:
            request.escalated_to = roles[request.steps[request.step - 1]["escalates_to"]]
        update_rows(ApprovalRequest, {"id": [r.pk for r in late], "escalated_to": [r.escalated_to_id for r in late]})
        tell(late, late=True)
        return [r.pk for r in late]


def _is_late(step: dict[str, Any], since: Any, on: date) -> bool:
    return bool(step["escalates_to"]) and timezone.localtime(since).date() + timedelta(days=step["days"]) < on
