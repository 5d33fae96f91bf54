"""What service refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class NoAddress(UserError):
    code, status = "service.no_address", 422
    message = _("{document} has no e-mail address to answer to. Enter the contact's address, or write a note and ring back.")


class NothingSaid(UserError):
    code, status = "service.nothing_said", 422
    message = _("The message to {document} is empty. Write a text first.")


class NobodyToAssign(UserError):
    code, status = "service.nobody_to_assign", 404
    message = _("There is no active user “{user}” to assign {document} to.")


class SerialWithoutProduct(UserError):
    code, status = "service.serial_without_product", 422
    message = _("{document} names the serial number {serial} but no product. Choose the product too.")


class DisputeIsOpen(UserError):
    code, status = "service.dispute_is_open", 409
    message = _("{document} cannot end before dispute {dispute}. Credit or reject that one; the ticket is solved with it.")
