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


class NotInDelivery(UserError):
    code, status = "shipping.not_in_delivery", 409
    message = _(
        "‘{code}’ is nothing that is still to be packed of {document}, or not so much of it. Scan a product or lot of the delivery that is open."
    )


class StrangePackage(UserError):
    code, status = "shipping.strange_package", 422
    message = _("{document} has no such package. Load the delivery again, or begin a new package.")


class AllPacked(UserError):
    code, status = "shipping.all_packed", 409
    message = _("Everything of {document} is packed already. Take a package apart to pack it anew.")


class NotPosted(UserError):
    code, status = "shipping.not_posted", 409
    message = _("{document} has not been shipped in the books. Post the delivery, then hand it over.")


class HandedOver(UserError):
    code, status = "shipping.handed_over", 409
    message = _("{document} was handed over to {carrier} on {on}: its packages stay as they were.")


class Overpacked(UserError):
    code, status = "shipping.overpacked", 409
    message = _("Nothing was changed: packages would hold more of a line than its delivery says, or something of another delivery.")


class PackedStays(UserError):
    code, status = "shipping.packed_stays", 409
    message = _("Nothing was changed: what was handed over to a carrier stays as it was packed.")


@says("packed_within_delivery")
def _overpacked(diagnosis: Any) -> UserError:
    return Overpacked()


@says("handed_over_stays_packed")
def _packed(diagnosis: Any) -> UserError:
    return PackedStays()


@says("transport_document_stands")
def _stands(diagnosis: Any) -> UserError:
    return TransportStands()
