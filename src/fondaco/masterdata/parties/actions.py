"""The verbs of parties: roles, merging and its undoing, interactions."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.parties.models import Address, ContactPoint, Interaction, Merge, Party, Relationship
from fondaco.masterdata.parties.refusals import MergedAlready, MergeIntoItself, NothingToUndo
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action

ROLES = ("is_customer", "is_vendor", "is_employee", "is_lead")
MOVED = ((Address, "party"), (ContactPoint, "party"), (Relationship, "person"), (Relationship, "organisation"))


def record(interactions: Sequence[Interaction]) -> None:
    """Put events on the timelines of their parties, in one statement; called by every room in its own transaction."""
    insert_rows(Interaction, interactions)


@action(Party, permission="parties.write_party", title=_("Make customer"), done=_("Is a customer now"))
def make_customer(parties: DocumentSet[Party]) -> None:
    """Let parties buy: give them the role of customer."""
    for party in parties:
        party.is_customer = True
    parties.save("is_customer")


@action(Party, permission="parties.write_party", title=_("Make vendor"), done=_("Is a vendor now"))
def make_vendor(parties: DocumentSet[Party]) -> None:
    """Let parties sell to us: give them the role of vendor."""
    for party in parties:
        party.is_vendor = True
    parties.save("is_vendor")


@action(Party, permission="parties.merge_party", title=_("Merge into"), dangerous=True, done=_("Merged"))
def merge(parties: DocumentSet[Party], *, into: Annotated[int, Field(json_schema_extra={"resource": "parties"})]) -> None:
    """Merge duplicates into the party that remains: addresses, contacts and relations move; documents keep their customer
    and show on the survivor's page. Everything is kept, and ``unmerge`` takes it back."""
    survivor = Party.objects.select_for_update().filter(pk=into, merged_into__isnull=True).first()
    if survivor is None:
        raise NotFound(what=f"{_('party')} {into}")
    for party in parties:
        if party.pk == survivor.pk:
            raise MergeIntoItself(party=party)
        if party.merged_into_id is not None:
            raise MergedAlready(party=party)
    held = set(ContactPoint.objects.filter(party=survivor).values_list("kind", "normalised"))
    related = {("person", p, o) for p, o in Relationship.objects.values_list("person_id", "organisation_id")}
    records = []
    for party in parties:
        moved: dict[str, list[int]] = {}
        for model, field in MOVED:
            keys = []
            for row in model._default_manager.filter(**{field: party}):
                if isinstance(row, ContactPoint) and (row.kind, row.normalised) in held:
                    continue
                if isinstance(row, Relationship):
                    pair = ("person", survivor.pk, row.organisation_id) if field == "person" else ("person", row.person_id, survivor.pk)
                    if pair in related or pair[1] == pair[2]:
                        continue
                keys.append(row.pk)
            model._default_manager.filter(pk__in=keys).update(**{field: survivor})
            moved[f"{model._meta.label_lower}.{field}"] = keys
        records.append(Merge(survivor=survivor, merged=party, moved=moved, flags={r: getattr(survivor, r) for r in ROLES}))
        for role in ROLES:
            setattr(survivor, role, getattr(survivor, role) or getattr(party, role))
        party.merged_into = survivor
    survivor.save(update_fields=list(ROLES))
    parties.save("merged_into")
    insert_rows(Merge, records)


@action(Party, permission="parties.merge_party", title=_("Undo merge"), needs_reason=True, done=_("Merge undone"))
def unmerge(parties: DocumentSet[Party]) -> None:
    """Undo the merge of parties: what moved goes back, and they stand on their own again."""
    merges = {
        m.merged_id: m
        for m in Merge.objects.filter(merged__in=parties.ids, undone_at__isnull=True).select_related("survivor").order_by("id")
    }
    for party in parties:
        found = merges.get(party.pk)
        if found is None or party.merged_into_id is None:
            raise NothingToUndo(party=party)
        for model, field in MOVED:
            keys = found.moved.get(f"{model._meta.label_lower}.{field}", [])
            model._default_manager.filter(pk__in=keys).update(**{field: party})
        Party.objects.filter(pk=found.survivor_id).update(**found.flags)
        found.undone_at = timezone.now()
        found.save(update_fields=["undone_at"])
        party.merged_into = None
    parties.save("merged_into")


@action(Party, permission="parties.log_interaction", title=_("Log interaction"), done=_("On the timeline"))
def log_interaction(
    parties: DocumentSet[Party],
    *,
    kind: Literal["call", "meeting", "mail", "note"],
    title: str,
    on: date,
    direction: Literal["in", "out", "internal"] = "out",
    body: str = "",
) -> None:
    """Put a call, meeting, mail or note on the timeline of parties."""
    record(
        [Interaction(party=p, on=on, kind=kind, direction=direction, title=title, body=body, by=parties.actor.username) for p in parties]
    )
