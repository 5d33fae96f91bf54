"""What must always be true of conversations."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "messaging.answers_pass",
    title=_("What is marked as sent into a chat is in the chat"),
    why=_("An answer was shown as given, and its visitor never saw it."),
)
def answers_pass() -> str:
    return """
    select o.id, o.key from events_outboxmessage o join service_ticketmessage m on o.key = 'service.message:' || m.message_id
    where o.channel in ('chat', 'message') and not exists (select from messaging_passing p where p.message_id = m.id)
    """


@check(
    "messaging.conversations_have_words",
    title=_("Every conversation has its first message"),
    why=_("Somebody wrote to us, and his words are not on the ticket."),
)
def conversations_have_words() -> str:
    return """
    select c.id, c.contact from messaging_conversation c
    where not exists (select from messaging_passing p where p.conversation_id = c.id and p.state = 'received')
    """
