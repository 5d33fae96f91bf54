"""The verb of crediting: credit anew."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.crediting.assigning import credit, take_back
from fondaco.platform.documents.actions import DocumentSet, action


@action(
    Invoice,
    moves={"posted": "posted"},
    permission="crediting.credit_anew",
    title=_("Credit anew"),
    needs_reason=True,
    done=_("Credited anew"),
)
def credit_anew(invoices: DocumentSet[Invoice]) -> None:
    """Share the sales credit of posted invoices again by the rules as they are now: what was credited is taken back today, and given as they say."""
    today = timezone.localdate()
    take_back(invoices.ids, dict.fromkeys(invoices.ids, today))
    credit(invoices.rows, on=today)
