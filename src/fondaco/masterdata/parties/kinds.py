"""What happens on the timeline of a party, in words: rooms write the key, readers see the word."""

from django.utils.translation import gettext_lazy as _

#: The kinds that rooms record, by group: conversation, selling, goods, money, service, web.
KINDS = {
    "mail": _("e-mail"), "call": _("call"), "meeting": _("meeting"), "visit": _("visit"), "chat": _("chat"), "note": _("note"), "task": _("task"),
    "lead": _("lead"), "opportunity": _("opportunity"), "quote": _("quote"), "order": _("order"), "blanket": _("blanket order"), "contract": _("contract"),
    "delivery": _("delivery"), "return": _("return"), "invoice": _("invoice"), "bill": _("vendor bill"), "receipt": _("receipt of money"), "disbursement": _("payment"),
    "promise": _("promise to pay"), "reminder": _("reminder"), "statement": _("statement of account"), "dispute": _("dispute"), "ticket": _("ticket"),
    "web": _("visit on the web"), "consent": _("consent"),
}  # fmt: skip


def word(kind: str) -> str:
    """A kind in words; one that nobody named, as it is."""
    return str(KINDS.get(kind) or kind.replace("_", " "))
