"""What must always be true of clocks."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "sla.clocks_add_up",
    title=_("Every clock has used what its stretches come to"),
    why=_("What is due, and what was broken, would not follow from when the ticket was worked on (SV-04)."),
)
def clocks_add_up() -> str:
    return """
    select c.id, c.ticket_id, c.kind, c.used, x.used as of_stretches from sla_clock c left join lateral (
      select coalesce(sum(sla_position(c.calendar_id, r.to_at) - sla_position(c.calendar_id, r.from_at)) filter (where r.to_at is not null), 0) as used,
        count(*) filter (where r.to_at is null) as running from sla_clockrun r where r.clock_id = c.id
    ) x on true
    where c.used <> x.used or x.running <> (c.state = 'running')::int or (c.state in ('paused', 'ended') and (c.due_at is not null) <> (c.used > c.seconds))
    """


@check(
    "sla.clocks_follow_tickets",
    title=_("Clocks run while their ticket is worked on, and end with it"),
    why=_("A customer would be kept waiting without anybody being told, or a promise be broken by a ticket that was solved (SV-04)."),
)
def clocks_follow_tickets() -> str:
    return """
    select c.id, t.number, t.state, c.kind, c.state as clock from sla_clock c join service_ticket t on t.id = c.ticket_id
    where t.state in ('solved', 'closed') and c.state in ('running', 'paused') or t.state = 'waiting' and c.kind <> 'first' and c.state = 'running'
      or c.company_id <> t.company_id or t.first_answer_at is not null and c.kind = 'first' and c.state in ('running', 'paused')
    """
