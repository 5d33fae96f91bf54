"""Where vendor bills and credit notes stand in the flow of a deal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.models import Bill
from fondaco.finance.payments.flows import settled
from fondaco.finance.payments.models import Disbursement
from fondaco.platform.documents.flow import by_key, follows, stands, to_key


def _variant(bill: Bill) -> tuple[Any, bool] | None:
    return (_("Vendor credit note"), True) if bill.kind == Bill.CREDIT_NOTE else None


stands(
    Bill,
    place=42,
    title=_("Bill"),
    permission="payables.view_bill",
    amount="gross",
    currency="currency_id",
    expected=True,
    variant=_variant,
)
follows(Bill, Bill, by_key(Bill, "credits"))
follows(Bill, Disbursement, settled(Bill), gathers=True)
follows(Bill, Bill._meta.get_field("entry").related_model, to_key(Bill, "entry"))  # type: ignore[arg-type]
