"""Limits of authority (SV-06): what somebody may grant on his own, what is left of it, and how approvers judge what is beyond."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import AuthorityLimit, Concession, ConcessionLine, Ticket
from fondaco.masterdata.approvals.kinds import Subject, kind
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Membership
from fondaco.platform.money import ZERO

#: What an approval of a concession does not bind to: it moves by itself.
UNBOUND = {
    "state",
    "version",
    "number",
    "limit_id",
    "granted_at",
    "granted_by",
    "credit_note_id",
    "authorisation_id",
    "created_at",
    "created_by",
}


def limits_of(actor: Actor, companies: Iterable[int], *, locked: bool = False) -> dict[int, AuthorityLimit]:
    """The limit of the actor in each company: his own, else the highest of his roles; two statements. ``locked``: whoever grants by it too waits."""
    if actor.user_id is None:
        return {}
    held = Membership.objects.filter(user=actor.user_id).values_list("role_id", "company_id")
    roles: dict[int | None, set[int]] = {}
    for role, company in held:
        roles.setdefault(company, set()).add(role)
    rows = AuthorityLimit.objects.filter(
        Q(user=actor.user_id) | Q(role__in={r for held in roles.values() for r in held}), company__in=list(companies)
    )
    found: dict[int, AuthorityLimit] = {}
    for row in (rows.select_for_update(of=("self",)) if locked else rows).order_by("pk"):
        if row.user_id is None and row.role_id not in roles.get(None, set()) | roles.get(row.company_id, set()):
            continue
        best = found.get(row.company_id)
        if best is None or (row.user_id is not None, row.amount) > (best.user_id is not None, best.amount):
            found[row.company_id] = row
    return found


def left_of(limits: Mapping[int, AuthorityLimit], tickets: Sequence[Ticket]) -> dict[int, tuple[Decimal, Decimal]]:
    """What may still be granted, by ticket: on the ticket, and by the limit altogether (infinite where it has no total); two statements.

    What an approver agreed to counts to nobody's limit.
    """
    granted = Concession.objects.filter(state="granted", limit__isnull=False)
    on_ticket = dict(granted.filter(ticket__in=[t.pk for t in tickets]).values_list("ticket").annotate(Sum("amount")))
    by_limit: dict[int, Decimal] = {}
    totals = [row for row in limits.values() if row.total is not None]
    if totals:
        now = timezone.now()
        windows = Q()
        for row in totals:
            windows |= Q(limit=row, granted_at__gt=now - timedelta(days=row.days or 0))
        by_limit = dict(granted.filter(windows).values_list("limit").annotate(Sum("amount")))
    left = {}
    for t in tickets:
        limit = limits.get(t.company_id)
        if limit is None:
            left[t.pk] = ZERO, ZERO
        else:
            altogether = Decimal("Infinity") if limit.total is None else limit.total - by_limit.get(limit.pk, ZERO)
            left[t.pk] = limit.amount - on_ticket.get(t.pk, ZERO), altogether
    return left


def within(concessions: Sequence[Concession], limits: Mapping[int, AuthorityLimit]) -> tuple[dict[int, AuthorityLimit], dict[int, Decimal]]:
    """Those of the concessions that their limits allow, in the order given, each counting what the ones before took; and what was left for each."""
    left = left_of(limits, [c.ticket for c in concessions])
    taken_by_ticket: dict[int, Decimal] = {}
    taken_by_limit: dict[int, Decimal] = {}
    allowed: dict[int, AuthorityLimit] = {}
    remains: dict[int, Decimal] = {}
    for c in concessions:
        limit = limits.get(c.company_id)
        on_ticket, altogether = left[c.ticket_id]
        on_ticket -= taken_by_ticket.get(c.ticket_id, ZERO)
        altogether -= taken_by_limit.get(limit.pk, ZERO) if limit else ZERO
        remains[c.pk] = max(min(on_ticket, altogether), ZERO)
        if limit is not None and c.amount <= remains[c.pk]:
            allowed[c.pk] = limit
            taken_by_ticket[c.ticket_id] = taken_by_ticket.get(c.ticket_id, ZERO) + c.amount
            taken_by_limit[limit.pk] = taken_by_limit.get(limit.pk, ZERO) + c.amount
    return allowed, remains


def subjects(keys: Sequence[int]) -> list[Subject]:
    """Concessions as approvers judge them: by what they come to with everything else that was granted on their tickets; three statements."""
    rows = list(Concession.objects.filter(pk__in=list(keys)).select_related("ticket", "ticket__party").order_by("pk"))
    lines: dict[int, list[dict[str, Any]]] = {}
    for line in ConcessionLine.objects.filter(concession__in=[c.pk for c in rows]).order_by("pk"):
        lines.setdefault(line.concession_id, []).append(_values(line))
    others = Concession.objects.filter(state="granted", ticket__in=[c.ticket_id for c in rows])
    granted = dict(others.values_list("ticket").annotate(Sum("amount")))
    return [
        Subject(
            pk=c.pk,
            company=c.company_id,
            title=f"{c.get_kind_display()} {c.number}, {c.ticket.number} – {c.ticket.party.name if c.ticket.party else ''}",
            amount=c.amount,
            together=c.amount + (granted.get(c.ticket_id, ZERO) if c.state != "granted" else ZERO),
            party=c.ticket.party_id,
            authors=frozenset([c.created_by]),
            content={"concession": _values(c), "lines": lines.get(c.pk, [])},
        )
        for c in rows
    ]


def _values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in UNBOUND}


CONCESSIONS = kind(
    "service.concession", title=_("Concessions to customers"), model=Concession, permission="service.approve_concession", subjects=subjects
)
