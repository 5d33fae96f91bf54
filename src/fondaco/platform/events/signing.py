"""Notices that other programs post to us, signed with a secret that both know: HMAC-SHA256 of the moment, a dot and the body."""

import hashlib
import hmac
import time

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
