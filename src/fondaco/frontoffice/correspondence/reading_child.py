"""The child that reads mails: bounds itself, reads those on its standard input one after the other, answers on standard output. No Django here."""

import base64
import json
import sys
from dataclasses import asdict
from typing import Any

from fondaco.frontoffice.correspondence.parsing import HeldBack, Mail, read
from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 8, 1024 * 1024 * 1024


def main() -> None:
    """The first line says how many bytes each mail has, and whether machines' mail is wanted; then come the mails."""
    bound(seconds=SECONDS, memory=MEMORY)
    asked = json.loads(sys.stdin.buffer.readline())
    answer({"mails": [_said(sys.stdin.buffer.read(size), asked["from_machines"]) for size in asked["sizes"]]})


def _said(raw: bytes, from_machines: bool) -> dict[str, Any]:
    try:
        mail = read(raw, from_machines=from_machines)
    except HeldBack as held:
        return {"held": [held.reason, held.explanation]}
    return {"mail": as_json(mail)}


def as_json(mail: Mail) -> dict[str, Any]:
    """What a mail says, as plain values."""
    return asdict(mail) | {
        "recipients": sorted(mail.recipients),
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
        "attached": [[a.name, base64.b64encode(a.content).decode()] for a in mail.attached],
    }


if __name__ == "__main__":
    main()
