"""What must always be true of mails."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "correspondence.mails_on_timelines",
    title=_("Every mail stands on the time line of each of its parties"),
    why=_("A mail that was brought and is not seen was brought for nothing."),
)
def mails_on_timelines() -> str:
    return """
    select p.mail_id, p.party_id from correspondence_mailparty p
    where not exists (select from parties_interaction i where i.source_table = 'correspondence_mailmessage' and i.source_id = p.mail_id and i.party_id = p.party_id)
    """


@check(
    "correspondence.private_mail_is_veiled",
    title=_("The time line says nothing of what a private mail says"),
    why=_("Who keeps a mail to himself relies on it."),
)
def private_mail_is_veiled() -> str:
    return """
    select m.id, i.id as interaction from correspondence_mailmessage m
    join parties_interaction i on i.source_table = 'correspondence_mailmessage' and i.source_id = m.id
    where m.is_private and (i.title <> '' or i.body <> '')
    """


@check(
    "correspondence.written_mail_leaves",
    title=_("Every mail that was written here has its message in the outbox"),
    why=_("A mail that is shown as written and never leaves is a promise not kept."),
)
def written_mail_leaves() -> str:
    return """
    select m.id, m.message_id from correspondence_mailmessage m
    where m.direction = 'out' and m.folder = '' and not exists (select from events_outboxmessage o where o.key = 'correspondence.mail:' || m.message_id)
    """
