"""What e-invoicing refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class NotReady(UserError):
    code, status = "einvoicing.not_ready", 422
    message = _("{document} was not sent as an e-invoice: {problems}. Nothing was written.")


class NoFormat(UserError):
    code, status = "einvoicing.no_format", 409
    message = _(
        "{company} has not said how it sends e-invoices. Choose format and channel under Set up > E-invoicing, then send {document} again."
    )


class NotValid(UserError):
    code, status = "einvoicing.not_valid", 422
    message = _(
        "{document} was not sent: the file would not be valid {format} ({reason}). Correct that on the invoice or its customer; nothing was written."
    )
