"""Passwords for other people's servers: kept sealed with a key that follows from the installation's secret, and opened only to be used.

A copy of the database alone opens none. Whoever loses the secret, or restores a database under another one, enters the passwords anew.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class NotOurs(Exception):
    """It was sealed under another secret, or changed since."""


def sealed(secret: str, purpose: str) -> str:
    """The secret as it may be stored; ``purpose`` says what it is for, and only for that it can be opened."""
    return _box(purpose).encrypt(secret.encode()).decode()


def opened(text: str, purpose: str) -> str:
    """What was sealed. Raises NotOurs."""
    try:
        return _box(purpose).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise NotOurs from error


def opened_or_none(text: str, purpose: str) -> str:
    """What was sealed; empty where nothing was, or where it was sealed in another house."""
    try:
        return opened(text, purpose) if text else ""
    except NotOurs:
        return ""


def _box(purpose: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"correspondence:{purpose}".encode()).derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
