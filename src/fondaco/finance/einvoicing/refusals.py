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


@says("sent_einvoice_never_changes")
def _sent(diagnosis) -> UserError:
    return SentNeverChanges()


@says("sent_invoice_is_not_reversed")
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
    "not_signed": _("it is neither XML, nor a PDF, nor a signed file"),
    "bad_pdf": _("the PDF cannot be read"),
    "pdf_without_invoice": _("the PDF carries no e-invoice"),
    "unknown_kind": _("it is no kind of e-invoice or notice that is known here"),
    "not_valid": _("it does not keep its own format"),
    "missing": _("something that every invoice has is missing"),
    "bad_figure": _("a figure is none"),
    "bad_day": _("a day is none"),
    "does_not_add_up": _("its amounts do not add up"),
}
