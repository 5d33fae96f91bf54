"""Mail that needs consent: what it carries so that its reader can stop it, and why it is withheld when it must not leave any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.masterdata.consent.links import Reader, preferences_path, stop_path
from fondaco.masterdata.consent.models import EMAIL, Purpose
from fondaco.masterdata.consent.queries import may
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.events.sending import withholds

#: The part of a message's payload by which it is judged when it is sent.
CLAIM = "consent"


def bound(purpose: Purpose, party: Party, text: str) -> dict[str, Any]:
    """What a mail of ``purpose`` to a party's address carries: the text with the way to stop it, the headers of RFC 2369 and RFC 8058, and the
    claim by which it is judged again when it leaves."""
    address = party.email.lower()
    reader = Reader(purpose.company_id, party.pk, address)
    house = public_address()
    with translation.override(party.language):
        foot = _("You receive this because you agreed to “{purpose}”. Change or stop it: {link}").format(
            purpose=purpose.title(), link=house + preferences_path(reader)
        )
    return {
        "text": f"{text.rstrip()}\n\n-- \n{foot}\n",
        "headers": {
            "List-Unsubscribe": f"<{house}{stop_path(reader, purpose.code)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        CLAIM: {"purpose": purpose.pk, "party": party.pk, "address": address},
    }


@withholds(CLAIM)
def withheld(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why each of these mails must not leave; empty where it may. Asked when they are sent, so that stopping works at once."""
    purposes = Purpose.objects.in_bulk({int(c["purpose"]) for c in claims})
    by_purpose: dict[int, list[Mapping[str, Any]]] = {}
    for claim in claims:
        by_purpose.setdefault(int(claim["purpose"]), []).append(claim)
    allowed: dict[tuple[int, Any], bool] = {}
    for key, each in by_purpose.items():
        targets = {int(c["party"]) for c in each} | {str(c["address"]) for c in each}
        allowed |= {(key, target): yes for target, yes in may(targets, purposes.get(key), EMAIL).items()}
    return [
        "" if allowed[int(c["purpose"]), int(c["party"])] and allowed[int(c["purpose"]), str(c["address"])] else _("consent was withdrawn, or has expired")
        for c in claims
    ]  # fmt: skip
