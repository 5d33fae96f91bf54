"""What e-invoicing refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


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


class AlreadySent(UserError):
    code, status = "einvoicing.already_sent", 409
    message = _(
        "{document} has gone as an e-invoice already ({file}). It can be sent again only after it was rejected; to correct it, write a credit note."
    )


class NotSelfInvoiced(UserError):
    code, status = "einvoicing.not_self_invoiced", 409
    message = _(
        "No self-invoice was sent of {document}: none of its lines is taxed by us. Its tax codes name no type of self-invoice (TD16 to TD19)."
    )


class ChannelMissing(UserError):
    code, status = "einvoicing.channel_missing", 409
    message = _(
        "{document} was not sent: no provider is set up (FONDACO_EINVOICE_URL is empty). Ask who runs the installation, or choose the folder as channel."
    )


class NotReadable(UserError):
    code, status = "einvoicing.not_readable", 422
    message = _("{file} was not taken: {reason}. Nothing was written.")


class NoticeUnknown(UserError):
    code, status = "einvoicing.notice_unknown", 404
    message = _("{file} speaks of {about}, which this company never sent. Nothing was written; look whether it belongs to another company.")


class SentNeverChanges(UserError):
    code, status = "einvoicing.sent_never_changes", 409
    message = _("Nothing was changed: an e-invoice that was sent cannot be taken back. Write a credit note.")


class FileIsKept(UserError):
    code, status = "einvoicing.file_is_kept", 409
    message = _("Nothing was deleted: the file of an e-invoice is kept unchanged for ten years.")


class ReceivedNeverChanges(UserError):
    code, status = "einvoicing.received_never_changes", 409
    message = _("Nothing was changed: a received e-invoice is kept as it came. Set it aside instead.")


class NotOurs(UserError):
    code, status = "einvoicing.not_ours", 422
    message = _(
        "{file} was not taken: it is addressed to {buyer} ({number}), which is no company here. Enter the VAT number under Set up > Companies if it is one."
    )


class CompanyUnclear(UserError):
    code, status = "einvoicing.company_unclear", 422
    message = _(
        "{file} was not taken: it names none of the companies here for sure. Bring it in the e-invoice inbox, in the company that it is for."
    )


class PaperOnly(UserError):
    code, status = "einvoicing.paper_only", 409
    message = _("A bill on paper begins with its file. Bring the PDF in the e-invoice inbox.")


class PaperIncomplete(UserError):
    code, status = "einvoicing.paper_incomplete", 409
    message = _("No bill was drafted of {document}: it lacks {missing}. Read it on the page beside and enter it.")


class CurrencyUnknown(UserError):
    code, status = "einvoicing.currency_unknown", 422
    message = _("{file} was not taken: its currency “{currency}” is not known here.")


class TakenAtOnce(UserError):
    code, status = "einvoicing.taken_at_once", 409
    message = _("Nothing was written: somebody else brought the same file at this moment. It is among the received e-invoices.")


class VendorMissing(UserError):
    code, status = "einvoicing.vendor_missing", 409
    message = _(
        "{document} of {seller} ({number}) became no bill: no vendor has that VAT number. Use “Make vendor”, or enter the number on the vendor that it is."
    )


@says("received_einvoice_never_changes")
def _received(diagnosis) -> UserError:
    return ReceivedNeverChanges()


@says("einvoice_received_once")
def _at_once(diagnosis) -> UserError:
    return TakenAtOnce()


@says("sent_einvoice_never_changes")
def _sent(diagnosis) -> UserError:
    return SentNeverChanges()


@says("sent_invoice_is_not_reversed")
@says("sent_self_invoice_is_not_reversed")
def _reversed(diagnosis) -> UserError:
    return SentNeverChanges()


@says("einvoice_file_is_kept")
def _kept(diagnosis) -> UserError:
    return FileIsKept()


#: Why a file from outside is not taken.
SENTENCES = {
    "empty": _("it is empty"),
    "too_large": _("it is larger than 10 MB"),
    "too_long": _("reading it takes too long"),
    "too_much": _("it holds more than an invoice can"),
    "not_xml": _("it is not well-formed XML"),
    "doctype": _("it declares a document type, which e-invoices never do"),
    "not_signed": _("it is neither XML, nor a PDF, nor a picture, nor a signed file"),
    "bad_pdf": _("the PDF cannot be read"),
    "bad_picture": _("the picture cannot be read"),
    "too_many_points": _("the picture has more points than a page needs; scan it with 300 points an inch"),
    "no_reader": _(
        "pictures cannot be read on this machine: the packages rapidocr and onnxruntime are missing. Install them and start again, or enter the bill by hand"
    ),
    "unknown_kind": _("it is no kind of e-invoice or notice that is known here"),
    "missing": _("something that every invoice has is missing"),
    "bad_figure": _("a figure is none"),
    "bad_day": _("a day is none"),
}

#: What of a received invoice does not add up; somebody has to look.
DOUBTS = {
    "lines": _("The lines do not add up to the net amount."),
    "total": _("Net and tax do not add up to the total."),
    "tax": _("The tax is not the rate of its base."),
    "repeated": _("An invoice of this seller with the same number came in before."),
}
