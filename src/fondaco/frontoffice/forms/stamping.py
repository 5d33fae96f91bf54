"""The stamp of a page: which form it shows, since when, by which way its reader came, and which text of consent he sees. Signed, so that nobody
makes one up; good for one submission, within a day."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.signing import BadSignature, Signer

from fondaco.platform.database import tenancy

GOOD_FOR_SECONDS = 24 * 3600
LONGEST = 4000
_UNTOLD = re.compile(r"[^\w .:/+-]")


@dataclass(frozen=True)
class Stamp:
    """What is known of a page that was shown."""

    form: int
    language: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    #: The edition of each text of consent that the page shows: key of the purpose -> key of the text.
    texts: Mapping[str, int] = field(default_factory=dict)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    at: int = field(default_factory=lambda: int(time.time()))

    def sealed(self) -> str:
        """As it travels in the page."""
        return _signer().sign_object(asdict(self), compress=True)

    def age(self) -> int:
        """Seconds since the page was shown."""
        return int(time.time()) - self.at


def read(text: str, form: int) -> Stamp | None:
    """The stamp of a page of this form; ``None`` where there is none, it is made up, or too old."""
    if not text or len(text) > LONGEST:
        return None
    try:
        found = Stamp(**_signer().unsign_object(text))
    except (BadSignature, ValueError, TypeError):
        return None
    return found if found.form == form and 0 <= found.age() <= GOOD_FOR_SECONDS else None


def came_by(query: Mapping[str, str], referrer: str) -> dict[str, str]:
    """Source, medium and campaign as the address says them (UTM), and the site it was opened from; plain words, bounded."""
    told = {name: word(query.get(f"utm_{name}", "")) for name in ("source", "medium", "campaign")}
    try:
        parts = urlsplit(referrer[:500])
        site = word(f"{parts.hostname or ''}{parts.path}"[:200]) if parts.scheme in ("http", "https") else ""
    except ValueError:
        site = ""
    return told | {"referrer": site}


def word(text: Any) -> str:
    """What stands in an address as a word that may be counted: lower case, at most 60 signs, nothing that acts."""
    return " ".join(_UNTOLD.sub("", str(text)).lower().split())[:60].lstrip("+-")


def _signer() -> Signer:
    return Signer(salt=f"fondaco.forms:{tenancy.key()}", sep="~")
