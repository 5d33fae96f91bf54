"""Links that people follow without signing in: their preferences, stopping at once, confirming. Signed, bound to the tenant, kept nowhere."""

from dataclasses import dataclass
from urllib.parse import quote

from django.core.signing import BadSignature, Signer

from fondaco.masterdata.consent.refusals import LinkNotValid
from fondaco.platform.database import tenancy

#: Longer than any link of ours; what is longer is not looked at.
LONGEST = 1000


@dataclass(frozen=True)
class Reader:
    """Who follows a link: of which company, known as which party, at which address."""

    company: int
    party: int | None
    address: str


def _signer(use: str) -> Signer:
    return Signer(salt=f"fondaco.consent.{use}:{tenancy.key()}", sep="~")


def preferences_path(reader: Reader) -> str:
    """The address, on this server, of the page on which somebody chooses."""
    return f"/c/{_signer('preferences').sign_object([reader.company, reader.party or 0, reader.address])}"


def stop_path(reader: Reader, purpose: str) -> str:
    """The address that stops one purpose at once (RFC 8058)."""
    return f"{preferences_path(reader)}/stop/{quote(purpose)}"


def reader_of(token: str) -> Reader:
    """Who follows a link; refused where it is not one of ours."""
    company, party, address = _read("preferences", token, (int, int, str))
    return Reader(company, party or None, address)


def confirm_path(event: int) -> str:
    """The address that confirms what was asked."""
    return f"/c/confirm/{_signer('confirm').sign_object([event])}"


def event_of(token: str) -> int:
    """The question that a link confirms."""
    (event,) = _read("confirm", token, (int,))
    return int(event)


def _read(use: str, token: str, kinds: tuple[type, ...]) -> list:
    if len(token) > LONGEST:
        raise LinkNotValid()
    try:
        found = _signer(use).unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise LinkNotValid() from error
    if not isinstance(found, list) or [type(value) for value in found] != list(kinds):
        raise LinkNotValid()
    return found
