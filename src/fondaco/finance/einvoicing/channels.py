"""The ways by which e-invoices leave: a folder that another program empties, or a provider by HTTP. Called by the outbox only.

FONDACO_EINVOICE_URL is the provider's address (https), FONDACO_EINVOICE_TOKEN what we prove ourselves with, FONDACO_EINVOICE_SECRET
what he signs his notices with. The folder is ``<home>/einvoices/out``, there one folder a company.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fondaco.finance.einvoicing.archiving import content
from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.tenancy import own_folder
from fondaco.platform.events.calling import NoAnswer, call, is_address
from fondaco.platform.events.dropping import OtherContent, drop

SECONDS = 30
LARGEST_ANSWER = 64 * 1024


class NotHandedOver(Exception):
    """The channel did not take the file; the outbox tries again later."""


def folder(*parts: str) -> Path:
    """Where files are dropped and fetched; of the tenant being served, where there are several."""
    return own_folder(home_folder() / "einvoices").joinpath(*parts)


def into_folder(key: str, payload: Mapping[str, Any]) -> str:
    """Write the file whole, under its own name; the same file twice lies there once."""
    try:
        drop(folder("out", payload["company"]) / payload["name"], content(payload["digest"], payload["name"]))
    except OtherContent as error:
        raise NotHandedOver(str(error)) from None
    return ""


def by_http(key: str, payload: Mapping[str, Any]) -> str:
    """Hand the file to the provider; ``Idempotency-Key`` names the effect, so that he takes a repeated call once. His number."""
    address = provider_address()
    if not address:
        raise NotHandedOver("FONDACO_EINVOICE_URL is not set")
    try:
        answer = call(
            "PUT",
            f"{address}/invoices/{payload['name']}",
            headers={
                "Content-Type": payload["media_type"],
                "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest(),
                "Authorization": f"Bearer {os.environ.get('FONDACO_EINVOICE_TOKEN', '')}",
                "X-Format": payload["format"],
                "X-Digest-SHA256": payload["digest"],
            },
            body=content(payload["digest"], payload["name"]),
            seconds=SECONDS,
            largest=LARGEST_ANSWER,
        )
        if not answer.is_success:
            raise NotHandedOver(f"the provider did not take it: HTTP {answer.status} {answer.beginning()}")
        told = json.loads(answer.body or b"{}")
    except (NoAnswer, ValueError) as error:
        raise NotHandedOver(f"the provider did not take it: {error}") from error
    return str(told.get("id", ""))[:200] if isinstance(told, dict) else ""


def provider_address() -> str:
    """The provider's address without a slash at the end; empty when there is none, or when it is no http address."""
    address = os.environ.get("FONDACO_EINVOICE_URL", "").rstrip("/")
    return address if is_address(address) else ""


def secret() -> bytes:
    """What the provider signs with; empty: nobody is listened to."""
    return os.environ.get("FONDACO_EINVOICE_SECRET", "").encode()


#: How each channel hands over: gets the effect's key and the message, gives the number the other side gave; raises NotHandedOver.
CHANNELS: dict[str, Callable[[str, Mapping[str, Any]], str]] = {"folder": into_folder, "http": by_http}
