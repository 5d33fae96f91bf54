"""What supply and demand refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class TiedTooMuch(UserError):
    code, status = "supply.tied_too_much", 409
    message = _(
        "More of a line would be tied than it has, or it is not there any more. Load the orders again, and tie at most what is open of both."
    )


class OtherProduct(UserError):
    code, status = "supply.other_product", 409
    message = _("What brings goods and what wants them must be of the same product. Choose a line of the product that is wanted.")


class TiedLine(UserError):
    code, status = "supply.tied_line", 409
    message = _(
        "Nothing was changed: a line would have less than is tied to it, or another product. Release its ties first (Buy > Ties of supply to demand)."
    )


@says("peg_within_its_lines")
def _too_much(diagnosis: Any) -> UserError:
    return TiedTooMuch()


@says("peg_of_one_product")
def _other_product(diagnosis: Any) -> UserError:
    return OtherProduct()


@says("tied_line_keeps_its_ties")
def _tied_line(diagnosis: Any) -> UserError:
    return TiedLine()
