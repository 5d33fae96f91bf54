"""The vendor's link to a request for quotation: an HMAC of a random seed under the installation's key; only its SHA-256 is stored.

A key of its own keeps these tokens apart from those of customers (``frontoffice/sales/links.py``), so that none opens the other's door.
"""

import base64
import hashlib
import hmac
import secrets

from django.conf import settings

from fondaco.operations.sourcing.models import Invitation, VendorAccess
from fondaco.platform.database.tenancy import public_address


def new_seed() -> str:
    """Sixteen random bytes, as text."""
    return secrets.token_urlsafe(16)


def token_of(seed: str) -> str:
    """The token that belongs to a seed: 256 bits, safe in an address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"sourcing.invitation.link:" + seed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def access_token(seed: str) -> str:
    """The token of a vendor's access; under a key of its own, so that no link opens another kind of door."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"sourcing.access.link:" + seed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def access_path(access: VendorAccess) -> str:
    """The path of a vendor's own page, empty before it was opened: ``/v/<token>``."""
    return f"/v/{access_token(access.link_seed)}" if access.link_seed else ""


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def path_of(invitation: Invitation) -> str:
    """The path of the vendor's page, empty before the request was sent: ``/rfq/<token>``."""
    return f"/rfq/{token_of(invitation.link_seed)}" if invitation.link_seed else ""


def address_of(invitation: Invitation) -> str:
    """The whole address of the vendor's page, as it stands in the mail."""
    return f"{public_address()}{path_of(invitation)}"
