"""Notices that other programs post to us, signed with a secret that both know: HMAC-SHA256 of the moment, a dot and the body; or as Twilio does."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

#: A signature older or younger than so many seconds is not taken.
SLACK = 300


def signature(secret: bytes, body: bytes, moment: str) -> str:
    """The signature of a notice sent at ``moment`` (Unix seconds), in hexadecimal."""
    return hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: bytes, body: bytes, moment: str, given: str) -> bool:
    """Time first, so that a message once overheard is worth nothing later; compared in constant time. An empty secret signs nothing."""
    if not (secret and moment.isascii() and moment.isdigit() and len(moment) <= 12 and abs(time.time() - int(moment)) <= SLACK):
        return False
    return hmac.compare_digest(signature(secret, body, moment).encode(), given.encode())


def twilio_signature(token: bytes, address: str, form: Mapping[str, Sequence[str]]) -> str:
    """As Twilio signs: HMAC-SHA1 of the whole address and of the form's names and values in the order of their names, in base64."""
    said = address + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return base64.b64encode(hmac.new(token, said.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()).decode()


def is_signed_by_twilio(token: bytes, address: str, form: Mapping[str, Sequence[str]], given: str) -> bool:
    """Whether the signature is Twilio's. The port may stand in the address or not, as Twilio's own libraries have it. Compared in constant time; an
    empty token signs nothing."""
    if not token:
        return False
    right = [twilio_signature(token, where, form).encode() for where in _ports(address)]
    return max(hmac.compare_digest(one, given.encode()) for one in right)


def _ports(address: str) -> list[str]:
    """The address without a port, and with it."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return [urlunsplit(parts._replace(netloc=netloc)) for netloc in dict.fromkeys((parts.netloc, host, f"{host}:{port}"))]
