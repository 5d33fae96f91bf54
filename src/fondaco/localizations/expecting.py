"""Taxes of countries that the cash forecast expects (BK-06): stamp duty by quarter, and the advance on the last VAT return of a year."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.banking.forecasting import Flow, Outlook, expects
from fondaco.finance.banking.taxes import ADVANCES
from fondaco.finance.tax.declaring import deadline, periods
from fondaco.finance.tax.models import TaxReturn
from fondaco.finance.tax.queries import advance_by_history, stamped
from fondaco.localizations.loading import figure_on, fiscal_habits, localization_of


@expects(gettext_lazy("Stamp duty"), place=46, permission="tax.view_return")
def stamp_duty(outlook: Outlook) -> Iterable[Flow]:
    """What invoices of a quarter bear, on the day on which the country asks for it. Past days are taken to be paid: no book tells it. A
    statement a quarter that is still to be paid, at most four."""
    company = outlook.company
    dated = fiscal_habits(localization_of(company.country_id)).get("stamp_duty", [])
    for year in (outlook.today.year - 1, outlook.today.year) if dated else ():
        for number, (first, last) in enumerate(periods(year, "quarterly")):
            told = figure_on(dated, last)
            if told is None or first > outlook.today:
                continue
            month, day = map(int, told["due"][number].split("-"))
            on = deadline(last, (month - last.month) % 12, day)
            if not outlook.today <= on <= outlook.until:
                continue
            found = stamped(company, first, last, naturas=told["naturas"], above=Decimal(told["above"]))
            label = _("Stamp duty of {count} documents, {days}").format(count=len(found), days=f"{first:%m/%Y}–{last:%m/%Y}")
            amount = -Decimal(told["amount"]) * len(found)
            yield Flow(
                on,
                amount,
                company.currency_id,
                label,
                f"/books/stamp-duty?year={year}",
                stands_for="stamp_duty",
                so_far=last >= outlook.today,
            )


def vat_advance(tax_return: TaxReturn) -> tuple[date, Decimal] | None:
    """The advance on the last return of a year by the historical method, where the country asks for one."""
    told = fiscal_habits(localization_of(tax_return.company.country_id)).get("advance")
    if not told or tax_return.definition.code != "VAT" or tax_return.ends_on.month != 12:
        return None
    amount = advance_by_history(tax_return, percent=Decimal(told["percent"]), minimum=Decimal(told["minimum"]))
    month, day = map(int, told["due"].split("-"))
    return (date(tax_return.ends_on.year, month, day), amount) if amount else None


ADVANCES.append(vat_advance)
