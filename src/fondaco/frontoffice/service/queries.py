"""What the desk reads: the tickets that wait, and one conversation with all that belongs to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils import timezone

from fondaco.frontoffice.service.models import AnswerTemplate, Macro, Ticket, TicketPresence
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.knowing import known, shared

VIEW = "service.view_ticket"
#: Whoever was not heard of for so long has closed the ticket.
HERE = timedelta(seconds=45)
SHOWN, MESSAGES = 60, 100
IN_QUEUE = (
    "number", "subject", "state", "priority", "answer_due_at", "contact_name", "contact_email", "assignee__name", "party__name", "company_id",
)  # fmt: skip
RANK = Case(*(When(priority=p, then=Value(n)) for n, p in enumerate(("urgent", "high", "normal", "low"))), output_field=IntegerField())

CONVERSATION = """
select jsonb_build_object(
  'messages', (select jsonb_agg(x order by x.id) from (
    select m.id, m.at, m.direction, m.author, m.user_id, m.body, m.ticket_id, (
      select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'size', a.size) order by a.id) from files_attachment a
      where a.table_name = 'service_ticketmessage' and a.row_id = m.id) as files
    from service_ticketmessage m
    where m.ticket_id in (select %(ticket)s::bigint union all select t.id from service_ticket t where t.merged_into_id = %(ticket)s)
    order by m.id desc limit %(messages)s) x),
  'merged', (select jsonb_agg(jsonb_build_object('id', t.id, 'number', t.number, 'subject', t.subject) order by t.id) from service_ticket t where t.merged_into_id = %(ticket)s),
  'sources', (select jsonb_agg(jsonb_build_object('table', s.source_table, 'id', s.source_id, 'label', s.label,
      'of', (select l.invoice_id from invoicing_invoiceline l where s.source_table = 'invoicing_invoiceline' and l.id = s.source_id)) order by s.id)
    from service_ticketsource s where s.ticket_id = %(ticket)s),
  'files', (select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'size', a.size) order by a.id) from files_attachment a
    where a.table_name = 'service_ticket' and a.row_id = %(ticket)s),
  'remedies', (select jsonb_agg(jsonb_build_object('kind', r.kind, 'table', r.source_table, 'id', r.source_id, 'label', r.label, 'by', r.created_by, 'at', r.created_at,
      'state', case r.source_table
        when 'sales_returnauthorisation' then (select d.state from sales_returnauthorisation d where d.id = r.source_id)
        when 'receivables_dispute' then (select d.state from receivables_dispute d where d.id = r.source_id)
        when 'crm_activity' then (select case when d.done_at is null then 'planned' else 'done' end from crm_activity d where d.id = r.source_id)
        when 'service_concession' then (select d.state from service_concession d where d.id = r.source_id) end,
      'number', case r.source_table when 'sales_returnauthorisation' then (select d.number from sales_returnauthorisation d where d.id = r.source_id) end,
      'on', case r.source_table when 'crm_activity' then (select d.due_at from crm_activity d where d.id = r.source_id) end,
      'made', case r.source_table when 'service_concession' then (
        select jsonb_build_object('kind', d.kind, 'amount', d.amount::text, 'note', d.credit_note_id, 'note_number', n.number, 'order', o.id, 'order_number', o.number,
          'request', (select q.state from approvals_approvalrequest q where q.table_name = 'service_concession' and q.row_id = d.id order by q.id desc limit 1))
        from service_concession d left join invoicing_invoice n on n.id = d.credit_note_id left join sales_order o on o.authorisation_id = d.authorisation_id
        where d.id = r.source_id limit 1) end) order by r.id)
    from service_remedy r where r.ticket_id = %(ticket)s),
  'here', (select jsonb_agg(jsonb_build_object('name', u.name, 'writing', p.is_writing) order by u.name) from service_ticketpresence p join access_user u on u.id = p.user_id
    where p.ticket_id = %(ticket)s and p.user_id is distinct from %(user)s and p.seen_at > %(since)s)
)::text
"""


@dataclass(frozen=True)
class Conversation:
    """All that belongs to one ticket: messages with their files (of tickets merged into it too), documents it is about, what was done, who has it open."""

    messages: Sequence[dict[str, Any]]
    merged: Sequence[dict[str, Any]]
    sources: Sequence[dict[str, Any]]
    files: Sequence[dict[str, Any]]
    remedies: Sequence[dict[str, Any]]
    here: Sequence[dict[str, Any]]

    @property
    def last(self) -> int:
        """The last message that is no internal note, by which an answer says what its writer has read."""
        return max((m["id"] for m in self.messages if m["direction"] != "internal"), default=0)


def conversation(ticket: int, user: int | None) -> Conversation:
    """One statement; the ticket was found to be visible before."""
    given = {"ticket": ticket, "user": user, "since": timezone.now() - HERE, "messages": MESSAGES}
    with connection.cursor() as cursor:
        cursor.execute(CONVERSATION, given)
        found = json.loads(cursor.fetchone()[0])
    return Conversation(**{name: rows or [] for name, rows in found.items()})


def waiting(actor: Actor, company: Company, party: int | None = None) -> list[Ticket]:
    """What an agent has before him, the most urgent first: his own, what is nobody's, and what else is open with the customer. One statement."""
    mine = Q(assignee=actor.user_id) | Q(assignee__isnull=True)
    near = Case(When(party=party, then=Value(0)), default=Value(1), output_field=IntegerField()) if party is not None else Value(1)
    if party is not None:
        mine |= Q(party=party)
    rows = Ticket.objects.filter(mine, company=company, state__in=Ticket.UNSOLVED).annotate(rank=RANK, near=near)
    seen = visible(rows, actor, VIEW).select_related("party", "assignee").only(*IN_QUEUE)
    found = seen.order_by("near", "rank", "answer_due_at", "pk")[:SHOWN]
    return sorted(found, key=lambda t: (t.rank, t.answer_due_at is None, t.answer_due_at, t.pk))  # type: ignore[attr-defined]


@known
def _macros(company: int) -> list[Macro]:
    return [shared(m) for m in Macro.objects.filter(company=company).order_by("name")]


@known
def _templates(company: int) -> list[AnswerTemplate]:
    return [shared(t) for t in AnswerTemplate.objects.filter(company=company).order_by("name")]


def macros_of(company: int) -> list[Macro]:
    """The macros of a company; from memory."""
    return _macros(company)


def templates_of(company: int, queue: str) -> list[AnswerTemplate]:
    """The templates for a queue; from memory."""
    return [t for t in _templates(company) if t.queue in ("", queue)]


def arrive(ticket: int, user: int, *, writing: bool) -> None:
    """Say that somebody has a ticket open, and whether he writes; what he had open yesterday is swept."""
    now = timezone.now()
    TicketPresence.objects.filter(user=user, seen_at__lt=now - timedelta(days=1)).delete()
    TicketPresence.objects.bulk_create(
        [TicketPresence(ticket_id=ticket, user_id=user, seen_at=now, is_writing=writing)],
        update_conflicts=True, unique_fields=["user", "ticket"], update_fields=["seen_at", "is_writing"],
    )  # fmt: skip
