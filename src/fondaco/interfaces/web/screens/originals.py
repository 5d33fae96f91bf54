"""What came in, beside what was made of it: the vendor's e-invoice on our own paper, and the pages of PDFs as pictures (AP-03, AP-04)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.finance.einvoicing.capturing import marks, proposed_lines, why_no_lines
from fondaco.finance.einvoicing.models import Capture, Received
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.einvoicing.printing import paper_of
from fondaco.finance.einvoicing.semantic import Invoice
from fondaco.finance.payables.models import Bill
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.files.attaching import attached, files_of
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.picturing import NoPicture, page_count, page_picture
from fondaco.platform.resources.declare import Resource

#: Kinds of files whose pages are drawn.
DRAWN = {"application/pdf", "image/png", "image/jpeg", "image/tiff"}
#: A confidence in percent below which somebody should look twice.
DOUBTFUL = 80
#: As many files of a record are shown as pictures.
MOST_FILES = 3


def original_of(actor: Actor, resource: type[Resource], pk: int) -> dict[str, Any] | None:
    """What a bill was made of, for its page and its form; None where nothing came in. One statement, two for an e-invoice."""
    if resource.model is Capture:
        row_of = Capture.objects.filter(pk=pk).first()
        pages = pictures_of(resource, pk, files_of(actor, resource, pk))
        return {"title": _("The original"), "files": pages, "marks": shown_marks(row_of), **shown_lines(row_of)} if row_of else None
    if resource.model is not Bill:
        return None
    row = Received.objects.filter(bill=pk).first() if actor.may("einvoicing.view_received") else None
    pictures = pictures_of(resource, pk, files_of(actor, resource, pk))
    paper_row = Capture.objects.filter(bill=pk).first() if row is None and actor.may("einvoicing.view_received") else None
    if row is None and not pictures:
        return None
    found: dict[str, Any] = {"title": _("The original"), "files": pictures}
    if paper_row is not None:
        found |= {"marks": shown_marks(paper_row), **shown_lines(paper_row)}
    if row is not None:
        found |= {
            "paper": paper(row),
            "record_url": f"/received-einvoices/{row.pk}",
            "pdf_url": f"/received-einvoices/{row.pk}/pdf",
        }
    return found


def shown_marks(row: Capture) -> list[tuple[str, str]]:
    """How each field of a bill on paper came to its value: label and sentence."""
    said = {"entered": _("entered by hand"), "missing": _("not found for sure")}
    return [
        (
            capfirst(str(Capture._meta.get_field(m.field).verbose_name)),
            _("proposed (confidence {confidence}%): page {page}, “{words}”").format(confidence=m.confidence, page=m.page, words=m.words)
            if m.how == "proposed"
            else said[m.how],
        )
        for m in marks(row)
    ]


def shown_lines(row: Capture) -> dict[str, Any]:
    """The lines that were read of a bill on paper, each with its confidence, or why there are none."""
    show = formatting_for(translation.get_language() or "en")
    decimals = DECIMALS.get(row.currency_id, 2) if row.currency_id else 2
    lines = [
        {
            "text": n.description, "quantity": show.quantity(n.quantity), "price": show.price(n.unit_price, decimals),
            "discount": f"{show.quantity(n.discount)} %" if n.discount else "", "rate": "" if n.rate is None else f"{show.quantity(n.rate)} %",
            "amount": show.amount(n.amount, decimals), "sure": n.confidence, "doubtful": n.confidence < DOUBTFUL,
        }
        for n in proposed_lines(row)
    ]  # fmt: skip
    return {"read": lines, "why_none": why_no_lines(row)}


def paper(row: Received) -> dict[str, Any]:
    """A received e-invoice on our own paper, in the reader's language."""
    language = translation.get_language() or "en"
    return paper_of(row, restored(Invoice, row.meaning), Formatter(language), DECIMALS.get(row.currency_id, 2))


def pictures_of(resource: type[Resource], pk: int, files: list[Attachment]) -> list[dict[str, Any]]:
    """The pages of the PDFs and pictures on a record, as addresses of pictures."""
    shown = []
    for file in [f for f in reversed(files) if f.media_type in DRAWN][:MOST_FILES]:
        address = f"{resource.url(pk)}/files/{file.pk}"
        pages = [f"{address}/page/{n}" for n in range(1, page_count(file.digest) + 1)]
        shown.append({"name": file.name, "url": address, "pages": pages})
    return shown


@door(SIGNED_IN, "GET")
def page_of_file(request: HttpRequest, key: str, pk: int, file: int, page: int) -> HttpResponse:
    """One page of a PDF on a record, drawn as a picture: nothing of the file itself reaches the browser's own reader."""
    resource = resource_called(key, request)
    found = attached(request.actor, resource, pk, file)  # type: ignore[attr-defined]
    try:
        picture = page_picture(found.digest, page)
    except NoPicture as error:
        raise NotFound(what=_("Page {page} of {file}").format(page=page, file=found.name)) from error
    response = HttpResponse(picture, content_type="image/png")
    # The bytes of a digest never change.
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
