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
