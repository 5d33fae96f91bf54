"""Consent that holds for some time only runs out, and its history says so."""

from datetime import date

from django.utils import timezone

from fondaco.masterdata.consent.models import EXPIRED, ConsentEvent
from fondaco.masterdata.consent.recording import write
from fondaco.platform.database.rows import related

#: Agreements whose last day is over, and of which nothing was said since.
RUN_OUT = """
select e.* from consent_consentevent e left join parties_merge m on m.id = e.merge_id
where e.until < %s and m.undone_at is null and not exists (
  select from consent_consentevent l left join parties_merge n on n.id = l.merge_id
  where l.purpose_id = e.purpose_id and l.channel = e.channel and l.kind <> 'asked' and (l.at, l.id) > (e.at, e.id) and n.undone_at is null
    and case when e.party_id is null then l.address = e.address and l.party_id is null else l.party_id = e.party_id end)
order by e.id limit 20000
"""


def expire(on: date) -> int:
    """Write down which consents ran out before ``on``; how many. Statements: four their number."""
    now = timezone.now()
    over = list(ConsentEvent.objects.raw(RUN_OUT, [on]))
    purposes = related(over, "purpose")
    write([
        ConsentEvent(
            purpose=purposes[e.purpose_id], channel=e.channel, kind=EXPIRED, at=now, party_id=e.party_id, address=e.address, source="program", evidence=str(e.pk), until=None,
        )
        for e in over
    ])  # fmt: skip
    return len(over)
