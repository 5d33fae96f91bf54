"""Portal users: letting them in by mail, shutting them out, and who one of them is. The rooms that open a portal say what is shown there.

A portal user is no user of the house: his actor has no key of a user, holds no permission, and every door but those of the portals is closed
to him (``interfaces/doors/policy.py``, decision 20).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideLink, OutsideUser
from fondaco.masterdata.users.refusals import ActiveAlready, InactiveAlready, OutsideOfOther
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import digest_of, new_secret
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.documents.actions import NAMED, DocumentSet, action
from fondaco.platform.events.models import OutboxMessage

CHANNEL = "portal"
#: How long a link works: of an invitation, and of a forgotten password.
INVITED, FORGOTTEN = timedelta(days=7), timedelta(hours=2)
#: So many links for a forgotten password one person is sent within a day.
MOST_RESETS = 5
SIGN_IN = "/portal/sign-in"


@dataclass(frozen=True)
class Invited:
    """A person who is to see what is his party's: the address by which he signs in, and from whom the mail comes."""

    party: Party
    email: str
    name: str
    from_name: str
    from_address: str


# ------------------------------------------------------------------ who he is


def actor_outside(user: OutsideUser) -> Actor:
    """The actor of a portal user: a name for the history, his language, and no right at all."""
    return Actor(
        username=user.email, name=user.name, language=user.language, channel=CHANNEL, outside_id=user.pk,
        preferences={"theme": user.theme, "density": "comfortable", "language": user.language},
    )  # fmt: skip


def by_address(email: str) -> OutsideUser | None:
    """The active portal user of a mail address."""
    return OutsideUser.objects.filter(email=email.strip().lower(), is_active=True).first()


# ------------------------------------------------------------------ letting in, shutting out


def let_in(people: Sequence[Invited]) -> list[OutsideUser]:
    """Portal users for people who are invited, in the order given: made, or let in again; who has no password yet is mailed a link to set
    it, the others that there is more to see. Raises OutsideOfOther where an address signs in for another party. Statements: constant."""
    addresses = {p.email for p in people}
    known = {u.email: u for u in OutsideUser.objects.select_for_update().filter(email__in=addresses).order_by("pk")}
    for person in people:
        held = known.get(person.email)
        if held is not None and held.party_id != person.party.pk:
            raise OutsideOfOther(email=person.email, party=held.party)
    fresh: dict[str, OutsideUser] = {}
    for person in people:
        if person.email not in known and person.email not in fresh:
            fresh[person.email] = OutsideUser(party=person.party, email=person.email, name=person.name, language=person.party.language)
        elif person.email in fresh and fresh[person.email].party_id != person.party.pk:
            raise OutsideOfOther(email=person.email, party=fresh[person.email].party)
    insert_rows(OutsideUser, list(fresh.values()))
    again = [u for u in known.values() if not u.is_active]
    update_rows(OutsideUser, {"id": [u.pk for u in again], "is_active": [True] * len(again)})
    found = known | fresh
    without = [u for u in found.values() if u.password.startswith("!")]
    secrets = make_links(without, INVITED) if without else {}
    _mail([(found[p.email], p, secrets.get(found[p.email].pk)) for p in {p.email: p for p in people}.values()], _invitation)
    return [found[p.email] for p in people]


def shut_out(users: Iterable[int]) -> None:
    """Let portal users sign in no more: their sessions and links end at once. Two statements."""
    keys = sorted(set(users))
    if keys:
        OutsideLink.objects.filter(user__in=keys, used_at__isnull=True).delete()
        update_rows(OutsideUser, {"id": keys, "is_active": [False] * len(keys)})


def send_reset(user: OutsideUser, from_name: str = "", from_address: str = "") -> None:
    """Mail a link to set a new password; the old one works until then. After some in a day nothing is sent."""
    if OutsideLink.objects.filter(user=user, created_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_RESETS:
        return
    secrets = make_links([user], FORGOTTEN, keep=True)
    person = Invited(user.party, user.email, user.name, from_name, from_address)
    _mail([(user, person, secrets[user.pk])], _reset)


def make_links(users: Sequence[OutsideUser], good_for: timedelta, *, keep: bool = False) -> dict[int, str]:
    """A link each to set the password, as secrets by user; older unused ones end (``keep``: stay until they are used or late)."""
    if not keep:
        OutsideLink.objects.filter(user__in=users, used_at__isnull=True).delete()
    made = {user.pk: new_secret() for user in users}
    until = timezone.now() + good_for
    insert_rows(OutsideLink, [OutsideLink(user=user, digest=digest_of(made[user.pk]), expires_at=until) for user in users])
    return made


def link_behind(secret: str, *, lock: bool = False) -> OutsideLink | None:
    """The unused, unexpired link of ``secret`` of somebody who may sign in; with ``lock`` nobody else uses it before this transaction ends."""
    rows = OutsideLink.objects.select_for_update(of=("self",)) if lock else OutsideLink.objects
    found = rows.select_related("user").filter(digest=digest_of(secret), used_at__isnull=True, user__is_active=True).first()
    return None if found is None or found.expires_at <= timezone.now() else found


def set_password(link: OutsideLink, hashed: str) -> OutsideUser:
    """Use a locked link up: its user has the password, and no session from before."""
    OutsideLink.objects.filter(pk=link.pk).update(used_at=timezone.now())
    OutsideLink.objects.filter(user=link.user_id, used_at__isnull=True).delete()
    OutsideUser.objects.filter(pk=link.user_id).update(password=hashed)
    return OutsideUser.objects.select_related("party").get(pk=link.user_id)


# ------------------------------------------------------------------ mail

#: A letter to a portal user: whom, from whom, with which link; its subject and text in his language.
Letter = Callable[[OutsideUser, Invited, str | None], tuple[str, str]]


def _mail(letters: Sequence[tuple[OutsideUser, Invited, str | None]], write: Letter) -> None:
    now = timezone.now()
    rows = []
    for user, person, secret in letters:
        with translation.override(user.language):
            subject, text = write(user, person, secret)
        payload = {"from_name": person.from_name, "from_address": person.from_address, "to": [user.email], "subject": subject, "text": text, "headers": {}}  # fmt: skip
        rows.append(OutboxMessage(key=f"users.outside:{user.pk}:{now.timestamp()}", created_at=now, channel="mail", payload=payload))
    insert_rows(OutboxMessage, rows)


def address_of(secret: str) -> str:
    return f"{public_address()}/portal/welcome/{secret}"


def _invitation(user: OutsideUser, person: Invited, secret: str | None) -> tuple[str, str]:
    parts = [
        _now("Dear {name},").format(name=user.name),
        _now("{company} invites you to its portal. There you see what concerns {party}, and act for it.").format(
            company=person.from_name, party=person.party.name
        ),
    ]
    if secret:
        parts += [_now("Set your password here; the link works once, within {days} days:").format(days=INVITED.days), address_of(secret)]
    else:
        parts += [_now("Sign in with the password that you have:"), f"{public_address()}{SIGN_IN}"]
    return _now("Invitation to the portal of {company}").format(company=person.from_name), "\n\n".join([*parts, person.from_name])


def _reset(user: OutsideUser, person: Invited, secret: str | None) -> tuple[str, str]:
    parts = [
        _now("Dear {name},").format(name=user.name),
        _now("somebody asked for a new password for your sign-in. Set it here; the link works once, within {hours} hours:").format(
            hours=int(FORGOTTEN.total_seconds() // 3600)
        ),
        address_of(secret or ""),
        _now("If it was not you, do nothing: your password stays as it is."),
    ]
    return _now("A new password for the portal"), "\n\n".join(parts)


# ------------------------------------------------------------------ what administrators do


def _names(users: Sequence[OutsideUser]) -> str:
    return ", ".join(u.email for u in users[:NAMED])


@action(OutsideUser, permission="access.deactivate_outside", title=_("Deactivate"), dangerous=True, done=_("Deactivated"))
def deactivate(users: DocumentSet[OutsideUser]) -> None:
    """Let portal users sign in no more, in no company. Their sessions and links end at once; what they did stays."""
    if inactive := [u for u in users if not u.is_active]:
        raise InactiveAlready(users=_names(inactive))
    shut_out(users.ids)


@action(OutsideUser, permission="access.deactivate_outside", title=_("Reactivate"), done=_("Reactivated"))
def reactivate(users: DocumentSet[OutsideUser]) -> None:
    """Let deactivated portal users sign in again, with the password they had; they see what is still open to them."""
    if active := [u for u in users if u.is_active]:
        raise ActiveAlready(users=_names(active))
    update_rows(OutsideUser, {"id": users.ids, "is_active": [True] * len(users)})


@action(OutsideUser, permission="access.revoke_session", title=_("End all sessions"), done=_("Sessions ended"))
def end_sessions(users: DocumentSet[OutsideUser]) -> None:
    """Sign portal users out everywhere at once."""
    update_rows(OutsideUser, {"id": users.ids, "session_epoch": [u.session_epoch + 1 for u in users]})
