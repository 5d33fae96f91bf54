"""What must always be true of calls."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "telephony.recordings_have_consent",
    title=_("Every recording of a call has the caller's consent, given on that call"),
    why=_("Recording somebody who did not agree to it is against the law, and its audio must not be kept (SV-11)."),
)
def recordings_have_consent() -> str:
    return """
    select r.id, r.call_id from telephony_callrecording r join telephony_call c on c.id = r.call_id
    where r.kind = 'recording' and c.consent <> 'given' and r.attachment_id is not null
    """


@check(
    "telephony.audio_ends",
    title=_("Audio of calls is gone two days after its last day"),
    why=_("Callers were told how long their voice is kept; a longer time is a promise broken (SV-11)."),
)
def audio_ends() -> str:
    return """
    select r.id, r.delete_on from telephony_callrecording r where r.attachment_id is not null and r.delete_on < current_date - 2
    """


@check(
    "telephony.lost_callers_are_called",
    title=_("Every caller who was lost, and whose number is known, is to be called back or was"),
    why=_("A customer who reached nobody would hear nothing (SV-11)."),
)
def lost_callers_are_called() -> str:
    return """
    select c.id, c.caller from telephony_call c where c.direction = 'in' and c.state in ('missed', 'abandoned') and c.caller <> ''
    and not exists (select 1 from telephony_callback b where b.company_id = c.company_id and b.number = c.caller)
    """


@check(
    "telephony.notices_are_taken",
    title=_("Every notice of calls was taken within five minutes, or somebody looked why it was not"),
    why=_("A call that the telephone system told of would ring nowhere, and nobody would know (SV-01)."),
)
def notices_are_taken() -> str:
    return """
    select n.id, n.received_at, n.trouble from telephony_callnotice n
    where n.reviewed_at is null and (n.trouble <> '' or n.received_at < now() - interval '5 minutes')
    """
