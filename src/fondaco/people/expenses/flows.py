"""Where expense claims stand in the flow of a deal: before the bill by which they are paid."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.models import Bill
from fondaco.people.expenses.models import ExpenseClaim
from fondaco.platform.documents.flow import follows, stands, to_key

stands(ExpenseClaim, place=38, title=_("Expense claim"), permission="expenses.view_claim", amount="gross")
follows(ExpenseClaim, Bill, to_key(ExpenseClaim, "bill"))
