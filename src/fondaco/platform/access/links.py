"""One-time links: made and shown once, kept as a digest, good for one use. The database refuses a second one."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from fondaco.platform.access.models import OneTimeLink, User
from fondaco.platform.database.bulk import insert_rows

PASSWORD_LINK_DAYS = 7


def make_password_links(users: Sequence[User]) -> dict[str, str]:
    """A link each to set the password, as secrets by username; older unused links of the same users end."""
    OneTimeLink.objects.filter(user__in=users, used_at__isnull=True).delete()
    secret_of = {user.username: new_secret() for user in users}
    until = timezone.now() + timedelta(days=PASSWORD_LINK_DAYS)
    insert_rows(
        OneTimeLink,
        [
            OneTimeLink(purpose=OneTimeLink.Purpose.PASSWORD, user=user, digest=digest_of(secret_of[user.username]), expires_at=until)
            for user in users
        ],
    )
    return secret_of


def path_of(secret: str) -> str:
    """The address, on this server, of a link to set a password."""
    return f"/-/welcome/{secret}"


def make_set_up_key() -> str:
    """A key to set up the installation; it ends all earlier ones."""
    OneTimeLink.objects.filter(purpose=OneTimeLink.Purpose.SET_UP, used_at__isnull=True).delete()
    secret = new_secret()
    OneTimeLink.objects.create(purpose=OneTimeLink.Purpose.SET_UP, digest=digest_of(secret))
    return secret


def link_behind(secret: str, purpose: str, *, lock: bool = False) -> OneTimeLink | None:
    """The unused, unexpired link of ``secret``; with ``lock``, nobody else can use it before this transaction ends."""
    rows = OneTimeLink.objects.select_for_update(of=("self",)) if lock else OneTimeLink.objects
    found = rows.filter(digest=digest_of(secret), purpose=purpose, used_at__isnull=True).first()
    if found is None or (found.expires_at is not None and found.expires_at <= timezone.now()):
        return None
    return found


def use(link: OneTimeLink) -> None:
    """Mark a locked link as used."""
    OneTimeLink.objects.filter(pk=link.pk).update(used_at=timezone.now())


def new_secret() -> str:
    """256 bits that nobody guesses, safe in an address."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
