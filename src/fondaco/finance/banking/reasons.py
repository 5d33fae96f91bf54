"""Why a line was matched, in words: kept as keys with figures, so that each reader has them in his language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

#: A reason and its figures.
Reason = tuple[str, Mapping[str, str]]

REASONS: dict[str, Any] = {
    "reference": _("the text names {documents}"),
    "creditor_reference": _("the creditor reference names {documents}"),
    "weak_reference": _("the text has the number of {documents}"),
    "iban": _("the counterparty's account was {party}'s before ({times} times)"),
    "name": _("the counterparty is called like {party}"),
    "name_learned": _("lines with this name were {party}'s before ({times} times)"),
    "similar_name": _("the counterparty's name resembles {party}"),
    "name_in_text": _("the text names {party}"),
    "rule_party": _("the rule “{rule}” says that it is {party}'s"),
    "amount": _("the amount is exactly what is open"),
    "amount_with_charges": _("with the charges kept back ({charges}) the amount is exactly what is open"),
    "amount_ordered": _("the ordered {amount} is exactly what is open"),
    "discount": _("the amount is exactly what is open less {discount} cash discount"),
    "run": _("the amount is exactly payment run {run} ({count} payments)"),
    "returned": _("the text, or the account, is that of transfer {transfer}, which came back"),
    "amount_back": _("the amount is exactly that of the transfer"),
    "iban_known": _("the counterparty's account is {party}'s"),
    "amount_sum": _("the amount is exactly the sum of {count} open items"),
    "amount_all": _("the amount is exactly all that is open"),
    "amount_less": _("the amount is a part of what is open ({open})"),
    "amount_more": _("the amount is more than what is open; {rest} stay on account"),
    "difference": _("{difference} less than what is open: within the tolerance"),
    "only_one": _("no other open item has this amount"),
    "several": _("several items of this amount are open; the oldest was taken"),
    "on_time": _("it came near the due date"),
    "recorded_reference": _("{document} is in the books with this reference"),
    "recorded_amount": _("{document} is in the books with this amount, {days} days apart"),
    "recorded_party": _("{document} is in the books for the same party and amount"),
    "rule": _("the rule “{rule}” holds"),
    "learned_account": _("such lines were posted to {account} before ({times} times)"),
    "own_account": _("the counterparty is the own account {account}"),
    "by_hand": _("chosen by a person"),
    "ambiguous": _("something else fits as well; a person decides"),
}


def told(reasons: Iterable[Sequence[Any]]) -> list[str]:
    """The reasons as sentences of the reader's language."""
    sentences = []
    for key, figures in reasons:
        text = str(REASONS.get(key, key))
        try:
            sentences.append(text.format(**figures))
        except KeyError:
            sentences.append(text)
    return sentences
