"""API tokens: made once, shown once, kept as a digest; their rights are their user's, cut down to the token's scopes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.access.models import ApiToken, User


def make_token(user: User, name: str, *, scopes: Sequence[str] = ("*",), expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret text, which is shown once and never stored."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=name, prefix=prefix, digest=_digest(secret), scopes=list(scopes), expires_at=expires_at)
    return token, f"fdc_{prefix}_{secret}"


def actor_of_token(text: str, *, channel: str) -> Actor | None:
    """The actor behind a token, or ``None`` when it is unknown, expired or revoked."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if kind != "fdc" or not secret or "\x00" in text:
        return None
    token = ApiToken.objects.filter(prefix=prefix, revoked_at__isnull=True).select_related("user").first()
    if token is None or not secrets.compare_digest(token.digest, _digest(secret)):
        return None
    if (token.expires_at and token.expires_at < timezone.now()) or not token.user.is_active:
        return None
    return actor_of(token.user, channel=channel, limits=token.scopes)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
