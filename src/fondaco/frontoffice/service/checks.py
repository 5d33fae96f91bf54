"""What must always be true of tickets."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "service.answers_leave",
    title=_("Every answer has its mail in the outbox"),
    why=_("An answer without a mail was shown as given, and the customer never got it."),
)
def answers_leave() -> str:
    return """
    select t.number, m.id as message, m.message_id
    from service_ticketmessage m join service_ticket t on t.id = m.ticket_id
    where m.direction = 'out' and not exists (select from events_outboxmessage o where o.key = 'service.message:' || m.message_id)
    """


@check(
    "service.tickets_are_numbered",
    title=_("Every ticket has a number"),
    why=_("Answers carry the number in their subject; without it a reply may not find its ticket."),
)
def tickets_are_numbered() -> str:
    return "select id, subject from service_ticket where number is null"


@check(
    "service.disputes_are_tickets",
    title=_("Every dispute is one ticket, and both end together"),
    why=_("A customer's objection would be forgotten, or be worked on after it was settled (AR-05)."),
)
def disputes_are_tickets() -> str:
    return """
    select d.number, d.state, t.number as ticket, t.state as ticket_state from receivables_dispute d
    left join service_ticketsource s on s.source_table = 'receivables_dispute' and s.source_id = d.id left join service_ticket t on t.id = s.ticket_id
    where t.id is null or (d.state = 'open') <> (t.state in ('new', 'open', 'waiting')) and not (d.state <> 'open' and t.solved_at is null)
      or (select count(*) from service_ticketsource x where x.source_table = 'receivables_dispute' and x.source_id = d.id) <> 1
    """


@check(
    "service.sources_are_the_customers",
    title=_("Every ticket is about documents of its own customer"),
    why=_("An agent would show somebody the papers of somebody else."),
)
def sources_are_the_customers() -> str:
    return """
    select t.number, s.label, s.source_table from service_ticketsource s join service_ticket t on t.id = s.ticket_id
    cross join lateral service_customer_of(s.source_table, s.source_id) d
    where d.company is distinct from t.company_id or not service_is_of(d.party, t.party_id)
    """


@check(
    "service.concessions_within_authority",
    title=_("What was granted to customers was within a limit, or approved"),
    why=_("Money was given away that nobody was allowed to give."),
)
def concessions_within_authority() -> str:
    return """
    select c.number, c.amount, c.granted_by from service_concession c left join service_authoritylimit l on l.id = c.limit_id
    where c.state = 'granted' and (c.limit_id is null and not exists (
        select from approvals_approvalrequest r where r.table_name = 'service_concession' and r.row_id = c.id and r.state = 'approved')
      or c.kind = 'credit' and not exists (select from invoicing_invoice i where i.id = c.credit_note_id and i.state in ('posted', 'reversed')))
    """
