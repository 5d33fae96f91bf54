"""The customer's link to a quote: how its token is made, and how a token is looked up.

The token is an HMAC of a random seed kept with the quote, under the installation's secret key; stored is only its SHA-256.
So the salesperson can copy the link again, a copy of the database alone accepts nothing, and looking up by the hash of what
was given leaves nothing to measure by time.
"""

import base64
import hashlib
import hmac
import secrets

from django.conf import settings

from fondaco.frontoffice.sales.models import Quote
from fondaco.platform.database.tenancy import public_address


def new_seed() -> str:
    """Sixteen random bytes, as text."""
    return secrets.token_urlsafe(16)


def token_of(seed: str) -> str:
    """The token that belongs to a seed: 256 bits, safe in an address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"sales.quote.link:" + seed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def path_of(quote: Quote) -> str:
    """The path of the customer's page, empty before the quote was sent: ``/q/<token>``."""
    return f"/q/{token_of(quote.link_seed)}" if quote.link_seed else ""


def address_of(quote: Quote) -> str:
    """The whole address of the customer's page, as it stands in the mail."""
    return f"{public_address()}{path_of(quote)}"
