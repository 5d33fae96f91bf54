"""What claims will cost whose bills are not posted yet, told to the cash forecast (BK-06)."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from fondaco.finance.banking.forecasting import Flow, Outlook, expects
from fondaco.people.expenses.models import ExpenseClaim
from fondaco.platform.access.visibility import visible

#: Employees are taken to be paid so many days from now.
DAYS_TO_PAY = 14


@expects(_("Expense claims"), place=25, permission="expenses.view_claim")
def claims(outlook: Outlook) -> Iterable[Flow]:
    """Booked claims of employees that the actor may see, until their bill is posted and counts as an open item. One statement."""
    rows = ExpenseClaim.objects.filter(company=outlook.company, state="booked", bill__state="draft").select_related("employee", "bill")
    for claim in visible(rows, outlook.actor, "expenses.view_claim").order_by("pk"):
        on = outlook.today + timedelta(days=DAYS_TO_PAY)
        yield Flow(on, -claim.bill.gross, claim.bill.currency_id, f"{claim.employee.name}: {claim}", f"/expense-claims/{claim.pk}")
