"""The fingerprint of what a customer accepted: a SHA-256 that anybody can compute again from the quote. Pure."""

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal

from fondaco.frontoffice.sales.models import Quote, QuoteLine
from fondaco.platform.money import figure


def fingerprint(quote: Quote, lines: Sequence[QuoteLine]) -> str:
    """SHA-256, in hexadecimal, of the quote's number, customer, conditions, lines and totals as canonical JSON."""
    content = {
        "number": quote.number,
        "version": quote.version_number,
        "customer": quote.customer_id,
        "on": quote.on.isoformat(),
        "valid_until": quote.valid_until.isoformat() if quote.valid_until else "",
        "currency": quote.currency_id,
        "prices_include_tax": quote.prices_include_tax,
        "conditions": quote.conditions,
        **({"payment_term": quote.payment_term_id} if quote.payment_term_id else {}),
        **({"recurs": _recurs(quote, lines)} if any(line.per_months for line in lines) else {}),
        "shipping_address": quote.shipping_address,
        "lines": [
            [
                line.position,
                line.product_id,
                line.description,
                *(() if line.configuration_id is None else (line.configuration.fingerprint,)),
                *(
                    _plain(value)
                    for value in (
                        line.quantity,
                        *(() if line.second_quantity is None else (line.second_quantity,)),
                        line.unit_price or Decimal(0),
                        line.discount_percent,
                        line.tax_rate,
                        line.net,
                        line.tax,
                    )
                ),
            ]
            for line in lines
        ],
        "totals": [_plain(quote.net), _plain(quote.tax), _plain(quote.gross)],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _recurs(quote: Quote, lines: Sequence[QuoteLine]) -> list[object]:
    """From when, for how long, and each line for how many months."""
    return [quote.starts_on.isoformat() if quote.starts_on else "", quote.term_months, [line.per_months for line in lines]]


def _plain(value: Decimal) -> str:
    return figure(value)
