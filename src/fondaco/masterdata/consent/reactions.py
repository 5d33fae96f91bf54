"""What consent does when parties are merged: the stricter word goes over to the survivor; an undone merge makes it void by itself."""

from django.utils import timezone

from fondaco.masterdata.consent.models import EXPIRED, GIVEN, WITHDRAWN, ConsentEvent, Purpose
from fondaco.masterdata.consent.recording import write
from fondaco.masterdata.parties.models import Merge, Party
from fondaco.platform.database.rows import related
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to

#: The last decisive word of each party about each purpose and channel.
LAST = """
select distinct on (e.party_id, e.purpose_id, e.channel) e.*
from consent_consentevent e left join parties_merge m on m.id = e.merge_id
where e.party_id = any (%s) and e.kind <> 'asked' and m.undone_at is null
order by e.party_id, e.purpose_id, e.channel, e.at desc, e.id desc
"""


@reacts_to("parties.merge")
def carry_over(parties: DocumentSet[Party]) -> None:
    """Carry what merged parties decided over to who remains: a withdrawal always, an agreement where he has said nothing himself."""
    merges = list(Merge.objects.filter(merged__in=parties.ids, undone_at__isnull=True).order_by("pk"))
    keys = {m.merged_id for m in merges} | {m.survivor_id for m in merges}
    words: dict[int, dict[tuple[int, str], ConsentEvent]] = {key: {} for key in keys}
    for event in ConsentEvent.objects.raw(LAST, [sorted(keys)]):
        words[event.party_id][event.purpose_id, event.channel] = event
    purposes = related((e for each in words.values() for e in each.values()), "purpose")
    agreed, refused = [], []
    for merge in merges:
        own = words[merge.survivor_id]
        for about, event in words[merge.merged_id].items():
            if event.kind in (WITHDRAWN, EXPIRED):
                if about not in own or own[about].kind != WITHDRAWN:
                    refused.append(_carried(event, purposes[event.purpose_id], merge, event.kind))
            elif about not in own:
                agreed.append(_carried(event, purposes[event.purpose_id], merge, GIVEN))
    # Withdrawals last: of two duplicates of one party, the stricter wins.
    write(agreed + refused)


def _carried(event: ConsentEvent, purpose: Purpose, merge: Merge, kind: str) -> ConsentEvent:
    return ConsentEvent(
        purpose=purpose, channel=event.channel, kind=kind, at=timezone.now(), party_id=merge.survivor_id, address=event.address,
        text_id=event.text_id, until=event.until, language=event.language, source="merge", evidence=str(event.pk), merge=merge, carries=event,
    )  # fmt: skip
