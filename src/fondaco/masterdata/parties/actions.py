"""The verbs of parties: roles, merging and its undoing, interactions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.parties.models import Address, ContactPoint, Interaction, Merge, NotTheSame, Party, PartyBankAccount, Relationship
from fondaco.masterdata.parties.queries import lines_of_merging
from fondaco.masterdata.parties.refusals import MergedAlready, MergeIntoItself, NothingToUndo, OwnChange
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

ROLES = ("is_customer", "is_vendor", "is_employee", "is_lead", "is_competitor")
MOVED = ((Address, "party"), (ContactPoint, "party"), (Relationship, "person"), (Relationship, "organisation"))


def record(interactions: Sequence[Interaction]) -> None:
    """Put events on the timelines of their parties, in one statement; called by every room in its own transaction."""
    insert_rows(Interaction, interactions)


def record_visit(party: int, company: int | None, title: str, source: Model) -> None:
    """Put on a party's timeline that somebody of his looked at ``source`` on the web: once a day, however often he did. One statement."""
    visit = Interaction(
        party_id=party, company_id=company, on=timezone.localdate(), kind="web", channel="web", direction="in", title=title,
        source_table=source._meta.db_table, source_id=source.pk,
    )  # fmt: skip
    Interaction.objects.bulk_create([visit], ignore_conflicts=True)


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
    remaining = visible(Party.objects.filter(pk=into, merged_into__isnull=True), parties.actor, "parties.merge_party")
    survivor = remaining.select_for_update(of=("self",)).first()
    if survivor is None:
        raise NotFound(what=f"{_('party')} {into}")
    records = {}
    for party in parties:
        if party.pk == survivor.pk:
            raise MergeIntoItself(party=party)
        if party.merged_into_id is not None:
            raise MergedAlready(party=party)
        given = [r for r in ROLES if getattr(party, r) and not getattr(survivor, r)]
        records[party.pk] = Merge(survivor=survivor, merged=party, moved={}, flags=dict.fromkeys(given, False))
        for role in given:
            setattr(survivor, role, True)
        party.merged_into = survivor
    for model, field in MOVED:
        rows = list(model._default_manager.filter(**{f"{field}__in": parties.ids}).order_by(field, "pk"))
        held_by = {row.pk: getattr(row, f"{field}_id") for row in rows}
        for record_ in records.values():
            record_.moved[_place(model, field)] = []
        for key in _hand_over(model, field, rows, dict.fromkeys(held_by, survivor.pk)):
            records[held_by[key]].moved[_place(model, field)].append(key)
    survivor.save(update_fields=list(ROLES))
    parties.save("merged_into")
    insert_rows(Merge, list(records.values()))


@action(Party, permission="parties.merge_party", title=_("Undo merge"), needs_reason=True, done=_("Merge undone"))
def unmerge(parties: DocumentSet[Party]) -> None:
    """Undo the merge of parties: what moved goes back, and they stand on their own again.

    What was done since stays: rows that were given to others or deleted, and roles the survivor has from elsewhere.
    """
    merges = {m.merged_id: m for m in Merge.objects.filter(merged__in=parties.ids, undone_at__isnull=True).order_by("id")}
    for party in parties:
        if party.pk not in merges or party.merged_into_id is None:
            raise NothingToUndo(party=party)
    lines = lines_of_merging(m.survivor_id for m in merges.values())
    for model, field in MOVED:
        # The earliest merge last, so that it has its way: its rows may have moved on with its survivor.
        home = {key: m for m in sorted(merges.values(), key=lambda m: -m.pk) for key in m.moved.get(_place(model, field), [])}
        rows = [
            row
            for row in model._default_manager.filter(pk__in=home).order_by("pk")
            if getattr(row, f"{field}_id") in lines[home[row.pk].survivor_id]
        ]
        _hand_over(model, field, rows, {row.pk: home[row.pk].merged_id for row in rows})
    _take_roles_back(list(merges.values()))
    now = timezone.now()
    update_rows(Merge, {"id": [m.pk for m in merges.values()], "undone_at": [now] * len(merges)})
    for party in parties:
        party.merged_into = None
    parties.save("merged_into")


@action(Party, permission="parties.merge_party", title=_("Not the same as"), done=_("Told apart"))
def tell_apart(parties: DocumentSet[Party], *, other: Annotated[int, Field(json_schema_extra={"resource": "parties"})]) -> None:
    """Say that parties look like another one and are not the same, so that nobody is asked about them again."""
    if not visible(Party.objects.filter(pk=other), parties.actor, "parties.merge_party").exists():
        raise NotFound(what=f"{_('party')} {other}")
    same = [p for p in parties if p.pk == other]
    if same:
        raise MergeIntoItself(party=same[0])
    pairs = [NotTheSame(first_id=min(p.pk, other), second_id=max(p.pk, other)) for p in parties]
    NotTheSame.objects.bulk_create(pairs, ignore_conflicts=True)


def _place(model: type[Model], field: str) -> str:
    return f"{model._meta.label_lower}.{field}"


def _hand_over(model: type[Model], field: str, rows: Sequence[Any], to: Mapping[int, int]) -> list[int]:
    """Give rows to other parties; the keys of those that moved. One stays where it is when its new party has the like of it
    already (the same contact point, the same relation), or would be related to itself. At most two statements."""
    taken = _signs(model, set(to.values()))
    moving = []
    for row in rows:
        setattr(row, f"{field}_id", to[row.pk])
        sign = _sign(row)
        if sign and (sign in taken or sign[0] == sign[1]):
            continue
        taken.add(sign)
        moving.append(row.pk)
    update_rows(model, {"id": moving, field: [to[key] for key in moving]})
    return moving


def _signs(model: type[Model], parties: set[int]) -> set[tuple[Any, ...]]:
    if model is ContactPoint:
        return {_sign(row) for row in ContactPoint.objects.filter(party__in=parties)}
    if model is Relationship:
        return {_sign(row) for row in Relationship.objects.filter(Q(person__in=parties) | Q(organisation__in=parties))}
    return set()


def _sign(row: Any) -> tuple[Any, ...]:
    """What there can be once only, of a party or between two; empty for what can be there twice."""
    if isinstance(row, ContactPoint):
        return (row.party_id, row.kind, row.normalised)
    return (row.person_id, row.organisation_id) if isinstance(row, Relationship) else ()


def _take_roles_back(undone: Sequence[Merge]) -> None:
    """Take from survivors the roles that these merges gave them; another merged party that has one passes it on instead."""
    survivors = {p.pk: p for p in Party.objects.select_for_update().filter(pk__in={m.survivor_id for m in undone}).order_by("pk")}
    others = list(
        Merge.objects.filter(survivor__in=survivors, undone_at__isnull=True)
        .exclude(pk__in=[m.pk for m in undone])
        .select_related("merged")
        .order_by("id")
    )
    for merge_ in undone:
        for role in [r for r, had in merge_.flags.items() if not had]:
            heir = next((o for o in others if o.survivor_id == merge_.survivor_id and getattr(o.merged, role)), None)
            if heir is not None:
                heir.flags[role] = False
            else:
                setattr(survivors[merge_.survivor_id], role, False)
    update_rows(Merge, {"id": [o.pk for o in others], "flags": [o.flags for o in others]})
    update_rows(Party, {"id": list(survivors), **{role: [getattr(p, role) for p in survivors.values()] for role in ROLES}})


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


@action(
    PartyBankAccount,
    moves={PartyBankAccount.HELD: PartyBankAccount.CONFIRMED},
    permission="parties.approve_bank_account",
    name="confirm_bank_account",
    title=_("Confirm"),
    done=_("Confirmed"),
)
def confirm(
    accounts: DocumentSet[PartyBankAccount],
    *,
    channel: Literal["phone_call", "letter", "in_person", "bank_statement", "certified_mail"],
    confirmation: str,
) -> None:
    """Say that the party itself has confirmed the account by another channel than the change came by, such as a call to a number known
    from before. Whoever wrote or changed the account cannot confirm it."""
    own = [a for a in accounts if accounts.actor.username in a.changed_by]
    if own:
        raise OwnChange(account=", ".join(str(a) for a in own[:20]), rows=rows_json(own))
    for account in accounts:
        account.channel, account.confirmation = channel, confirmation
    accounts.save_with_state("channel", "confirmation")


@action(
    PartyBankAccount,
    moves={PartyBankAccount.CONFIRMED: PartyBankAccount.HELD},
    permission="parties.write_bank_account",
    name="hold_bank_account",
    title=_("Put on hold"),
    needs_reason=True,
    done=_("On hold"),
)
def hold(accounts: DocumentSet[PartyBankAccount]) -> None:
    """Let nothing be paid to the accounts until somebody confirms them anew."""


@action(
    PartyBankAccount,
    moves={PartyBankAccount.HELD: PartyBankAccount.CLOSED, PartyBankAccount.CONFIRMED: PartyBankAccount.CLOSED},
    permission="parties.write_bank_account",
    name="close_bank_account",
    title=_("Close"),
    done=_("Closed"),
)
def close(accounts: DocumentSet[PartyBankAccount]) -> None:
    """Keep the accounts for the record, and use them no more."""
    for account in accounts:
        account.is_default = False
    accounts.save_with_state("is_default")


@action(
    PartyBankAccount,
    moves={PartyBankAccount.HELD: PartyBankAccount.HELD, PartyBankAccount.CONFIRMED: PartyBankAccount.CONFIRMED},
    permission="parties.write_bank_account",
    name="make_default_bank_account",
    title=_("Make default"),
    done=_("Is the default now"),
)
def make_default(accounts: DocumentSet[PartyBankAccount]) -> None:
    """Pay the parties to these accounts from now on; of several of one party, to the last."""
    chosen = {a.party_id: a.pk for a in accounts}
    former = PartyBankAccount.objects.select_for_update().filter(party__in=chosen, is_default=True).order_by("pk")
    leaving = [a.pk for a in former if chosen[a.party_id] != a.pk]
    update_rows(PartyBankAccount, {"id": leaving, "is_default": [False] * len(leaving)})
    for account in accounts:
        account.is_default = chosen[account.party_id] == account.pk
    accounts.save("is_default")
