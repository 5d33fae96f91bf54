"""The ways by which e-invoices leave: a folder that another program empties, or a provider by HTTP. Called by the outbox only.

FONDACO_EINVOICE_URL is the provider's address (https), FONDACO_EINVOICE_TOKEN what we prove ourselves with, FONDACO_EINVOICE_SECRET
what he signs his notices with. The folder is ``<home>/einvoices/out``, there one folder a company.
"""

import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from fondaco.finance.einvoicing.archiving import content
from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.tenancy import own_folder

SECONDS = 30
LARGEST_ANSWER = 64 * 1024


class NotHandedOver(Exception):
    """The channel did not take the file; the outbox tries again later."""


def folder(*parts: str) -> Path:
    """Where files are dropped and fetched; of the tenant being served, where there are several."""
    return own_folder(home_folder() / "einvoices").joinpath(*parts)


def into_folder(key: str, payload: Mapping[str, Any]) -> str:
    """Write the file whole, under its own name; the same file twice lies there once."""
    target = folder("out", payload["company"]) / payload["name"]
    target.parent.mkdir(parents=True, exist_ok=True)
    given = content(payload["digest"], payload["name"])
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    draft.write_bytes(given)
    try:
        os.link(draft, target)
    except FileExistsError:
        if target.read_bytes() != given:
            raise NotHandedOver(f"{target} is there with another content") from None
    finally:
        draft.unlink()
    return ""


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """A provider that sends us elsewhere is not followed: the token is for him alone."""

    def redirect_request(self, *_given: Any, **_more: Any) -> None:
        return None


def by_http(key: str, payload: Mapping[str, Any]) -> str:
    """Hand the file to the provider; ``Idempotency-Key`` names the effect, so that he takes a repeated call once. His number."""
    address = provider_address()
    if not address:
        raise NotHandedOver("FONDACO_EINVOICE_URL is not set")
    request = urllib.request.Request(
        f"{address}/invoices/{payload['name']}",
        data=content(payload["digest"], payload["name"]),
        method="PUT",
        headers={
            "Content-Type": payload["media_type"],
            "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest(),
            "Authorization": f"Bearer {os.environ.get('FONDACO_EINVOICE_TOKEN', '')}",
            "X-Format": payload["format"],
            "X-Digest-SHA256": payload["digest"],
        },
    )
    try:
        with urllib.request.build_opener(_NoDetour()).open(request, timeout=SECONDS) as answer:
            told = json.loads(answer.read(LARGEST_ANSWER) or b"{}")
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
        _failed(error)
    return str(told.get("id", ""))[:200] if isinstance(told, dict) else ""


def _failed(error: Exception) -> NoReturn:
    raise NotHandedOver(f"the provider did not take it: {error}") from error


def provider_address() -> str:
    """The provider's address without a slash at the end; empty when there is none, or when it is no http address."""
    address = os.environ.get("FONDACO_EINVOICE_URL", "").rstrip("/")
    return address if urlsplit(address).scheme in {"http", "https"} else ""


def secret() -> bytes:
    """What the provider signs with; empty: nobody is listened to."""
    return os.environ.get("FONDACO_EINVOICE_SECRET", "").encode()


def signature(body: bytes, moment: str) -> str:
    """The signature of a notice sent at ``moment`` (Unix seconds): HMAC-SHA256 of both, in hexadecimal."""
    return hmac.new(secret(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


#: How each channel hands over: gets the effect's key and the message, gives the number the other side gave; raises NotHandedOver.
CHANNELS: dict[str, Callable[[str, Mapping[str, Any]], str]] = {"folder": into_folder, "http": by_http}
