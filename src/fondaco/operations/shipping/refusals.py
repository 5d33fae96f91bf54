"""What shipping refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NameCarrier(UserError):
    code, status = "shipping.no_carrier", 422
    message = _("{document} says that a carrier takes the goods, and names none. Write the carrier's name, address and VAT number.")


class BadHour(UserError):
    code, status = "shipping.bad_hour", 422
    message = _("‘{hour}’ is no hour of the day. Write hours and minutes, such as 14:30, or leave it empty for now.")


class BeginsTooEarly(UserError):
    code, status = "shipping.begins_too_early", 422
    message = _("{document} is dated {on}: its transport cannot begin on {begins}. Choose that day or a later one.")


class TransportStands(UserError):
    code, status = "shipping.transport_stands", 409
    message = _(
        "Nothing was changed: a transport document is not deleted, keeps number, date and recipient, and after its departure everything."
    )


@says("transport_document_stands")
def _stands(diagnosis: Any) -> UserError:
    return TransportStands()
