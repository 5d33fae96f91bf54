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


class NotBookable(UserError):
    code, status = "shipping.not_bookable", 422
    message = _("{document} cannot be booked with {carrier}: {problems}. Nothing was booked.")


class ChooseService(UserError):
    code, status = "shipping.choose_service", 422
    message = _("{carrier} offers {services}. Choose a service, then book again.")


class NoService(UserError):
    code, status = "shipping.no_service", 409
    message = _("{carrier} has no service to book. Write down what he offers under Set up > Carriers, with the codes of his own.")


class CarrierOff(UserError):
    code, status = "shipping.carrier_off", 409
    message = _(
        "Nothing was booked: {carrier} cannot be asked, because this installation lacks {setting}. Ask who runs it, or hand over by hand."
    )


class BookOneCompany(UserError):
    code, status = "shipping.book_one_company", 422
    message = _("{document} is of another company than {carrier}. Choose a carrier of its own company.")


class StillAsked(UserError):
    code, status = "shipping.still_asked", 409
    message = _(
        "{document} was taken over by {carrier} already: what has been picked up is not cancelled. Ask the carrier to bring it back."
    )


class HasNumber(UserError):
    code, status = "shipping.has_number", 409
    message = _("{document} goes under the number {tracking} already. Cancel it and hand the delivery over anew if that is wrong.")


class NotTakenIn(UserError):
    code, status = "shipping.not_taken_in", 422
    message = _("{file} was not taken: {reason}. Nothing was written.")


class ConsignmentUnknown(UserError):
    code, status = "shipping.consignment_unknown", 404
    message = _(
        "{file} speaks of {about}, which was never booked here. Nothing was written; look whether it belongs to another installation."
    )


class ConsignmentStands(UserError):
    code, status = "shipping.consignment_stands", 409
    message = _("Nothing was changed: a consignment stays as it was booked. Cancel it, then book the delivery anew.")


class StrangeConsignment(UserError):
    code, status = "shipping.strange_consignment", 422
    message = _("Nothing was written: carrier, service, packages and delivery are not of the same company and delivery.")


class NoLabelOfCarrier(UserError):
    code, status = "shipping.no_label_of_carrier", 409
    message = _(
        "{document} has no label of {carrier}: he sends none, or has not answered yet. The paper of the return goes with the parcel all the same."
    )


class ComesBackAlready(UserError):
    code, status = "shipping.comes_back_already", 409
    message = _("{document} has a label by {carrier} already, {consignment}. Cancel that one before you book another.")


class NothingWasDelivered(UserError):
    code, status = "shipping.nothing_was_delivered", 409
    message = _("{document} names nothing of a posted delivery, so there is no address from which it comes back.")


class NoLabels(UserError):
    code, status = "shipping.no_labels", 409
    message = _("{document} has no packages, and so no labels. Pack the delivery before you book it.")


class LabelForPrinter(UserError):
    code, status = "shipping.label_for_printer", 409
    message = _("The label of {document} is for a label printer. Save the file {file} below, and send it to the printer as it is.")


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


@says("consignment_stands")
def _consignment_stands(diagnosis: Any) -> UserError:
    return ConsignmentStands()


@says("consignment_of_delivery")
def _strange_consignment(diagnosis: Any) -> UserError:
    return StrangeConsignment()
