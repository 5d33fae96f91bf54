"""The verbs of subscriptions: what contracts are and become, what of them is invoiced, and what was used."""

from fondaco.frontoffice.subscriptions.actions.billing import bill
from fondaco.frontoffice.subscriptions.actions.contracts import (
    activate,
    add,
    cancel,
    cancel_draft,
    change,
    end,
    give_notice,
    pause,
    renew,
    resume,
)
from fondaco.frontoffice.subscriptions.actions.usage import reverse_use, take_usage

__all__ = [
    "activate", "add", "bill", "cancel", "cancel_draft", "change", "end", "give_notice", "pause", "renew", "resume", "reverse_use", "take_usage",
]  # fmt: skip
