"""Where payments stand in the flow of a deal: after the invoices that their money settles."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.payments.models import Disbursement, Payment
from fondaco.platform.documents.flow import Pairs, follows, stands, to_key

SETTLED = """
select distinct d.id, a.payment_id
from payments_application a
join ledger_settlementpart p on p.settlement_id = a.settlement_id
join ledger_openitem o on o.id = p.item_id
join {table} d on d.entry_id = o.entry_id
where {given} = any (%s) and not exists (select 1 from ledger_settlement r where r.reverses_id = a.settlement_id)
"""


def settled(document: type[Model]) -> Pairs:
    """Pairs of documents whose entry made an open item, and of the payments that settled it."""

    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        asked = SETTLED.format(table=connection.ops.quote_name(document._meta.db_table), given="d.id" if are_earlier else "a.payment_id")
        with connection.cursor() as cursor:
            cursor.execute(asked, [list(keys)])
            return cursor.fetchall()

    return pairs


def _variant(payment: Payment) -> tuple[Any, bool] | None:
    return (_("Refund"), True) if payment.kind in (Payment.REFUND, Payment.REFUNDED) else None


stands(
    Payment,
    place=50,
    title=_("Payment"),
    permission="payments.view_payment",
    amount="amount",
    currency="currency_id",
    expected=True,
    variant=_variant,
)
stands(
    Disbursement,
    place=50,
    title=pgettext_lazy("to a vendor", "Payment"),
    permission="payments.view_disbursement",
    amount="amount",
    currency="currency_id",
    expected=True,
    variant=_variant,
)
follows(Invoice, Payment, settled(Invoice), gathers=True)
follows(Payment, Payment._meta.get_field("entry").related_model, to_key(Payment, "entry"))  # type: ignore[arg-type]
follows(Disbursement, Payment._meta.get_field("entry").related_model, to_key(Disbursement, "entry"))  # type: ignore[arg-type]
