"""What must always be true of consent."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "consent.shows_its_text",
    title=_("Whoever agreed saw a text of that purpose"),
    why=_("Consent that cannot be shown was not given (GDPR, article 7)."),
)
def shows_its_text() -> str:
    return """
    select e.id, p.name from consent_consentevent e join consent_purpose p on p.id = e.purpose_id left join consent_purposetext t on t.id = e.text_id
    where e.kind in ('given', 'asked', 'confirmed') and (t.id is null and p.basis = 'consent' or t.purpose_id <> e.purpose_id)
    """


@check(
    "consent.nothing_sent_after_withdrawal",
    title=_("No mail left after its reader had withdrawn"),
    why=_("Stopping works at once, also for mail that waits to be sent."),
)
def nothing_sent_after_withdrawal() -> str:
    return """
    select o.id, o.key from events_outboxmessage o
      join consent_consentevent e on e.party_id = (o.payload -> 'consent' ->> 'party')::bigint and e.purpose_id = (o.payload -> 'consent' ->> 'purpose')::bigint
    where o.payload ? 'consent' and o.sent_at is not null and e.kind = 'withdrawn' and e.channel = 'email' and e.merge_id is null
      and e.at < o.sent_at - interval '15 minutes' and not exists (
        select from consent_consentevent l where l.party_id = e.party_id and l.purpose_id = e.purpose_id and l.channel = 'email' and l.kind in ('given', 'confirmed')
          and l.at > e.at and l.at < o.sent_at)
    """
