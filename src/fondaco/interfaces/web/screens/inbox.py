"""E-invoices of vendors as they come in: bring files, read each as people do, and draft its bill with one key (AP-03)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.finance.einvoicing.models import Capture, Received
from fondaco.finance.einvoicing.outside.asking import LARGEST
from fondaco.finance.einvoicing.printing import doubts_of
from fondaco.finance.einvoicing.receiving import RECEIVE, bring
from fondaco.finance.einvoicing.resources import CaptureResource, ReceivedResource
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.originals import paper, pictures_of
from fondaco.interfaces.web.screens.verbs import today_of, verb_of
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.files.attaching import files_of

VIEW = "einvoicing.view_received"
ADDRESS = "/books/e-invoice-inbox"
SHOWN = 100
#: The keys of the verbs, so that a morning's invoices need no mouse.
KEYS = {"draft_bill": "d", "make_vendor": "v", "set_aside": "a"}

SCREENS.append(Screen("books", "vendors", 1, gettext_lazy("E-invoice inbox"), ADDRESS, VIEW))


@door(VIEW, "GET")
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for a bill, oldest first; one of them as on paper, with what can be done."""
    actor = request.actor  # type: ignore[attr-defined]
    company = company_of(request)
    waiting = visible(Received.objects.filter(state="received", company=company), actor, VIEW).select_related("vendor").order_by("pk")
    rows = list(waiting[: SHOWN + 1])
    wanted = request.GET.get("show", "")
    chosen = next((r for r in rows if str(r.pk) == wanted), rows[0] if rows else None)
    context = {
        "title": _("E-invoice inbox"),
        "bring_url": f"{ADDRESS}/bring" if actor.may(RECEIVE) else None,
        "waiting": [
            {
                "number": r.number,
                "seller": r.seller_name,
                "amount": r.gross,
                "decimals": DECIMALS.get(r.currency_id, 2),
                "currency": r.currency_id,
                "on": r.on,
                "doubtful": bool(r.doubts),
                "url": f"{ADDRESS}?show={r.pk}",
                "current": chosen is r,
            }
            for r in rows[:SHOWN]
        ],
        "on_paper": [
            {
                "name": c.file_name,
                "vendor": c.vendor.name if c.vendor else "",
                "on": c.received_on,
                "url": CaptureResource.url(c.pk),
            }
            for c in visible(Capture.objects.filter(state="captured", company=company), actor, VIEW)
            .select_related("vendor")
            .order_by("pk")[:SHOWN]
        ],
        "more_url": "/received-einvoices?waiting=true" if len(rows) > SHOWN else None,
        "document": None,
    }
    if chosen is not None:
        context |= _shown(request, chosen)
    return page(request, "web/inbox.html", context)


def _shown(request: HttpRequest, row: Received) -> dict[str, Any]:
    """One invoice: its head with verbs, and its paper."""
    actor = request.actor  # type: ignore[attr-defined]
    language = translation.get_language() or "en"
    decimals = DECIMALS.get(row.currency_id, 2)
    verbs = []
    for action in ReceivedResource.actions():
        if not actor.may(action.permission) or not action.accepts(row.state) or (action.verb == "make_vendor" and row.vendor_id):
            continue
        made = verb_of(ReceivedResource, action, actor, row={"pk": row.pk, "_state": row.state})
        made |= {"key": KEYS.get(action.verb), "primary": action.verb == "draft_bill"}
        if action.verb == "draft_bill":
            # One key: the day is today's, which the form on the record's page can change.
            made["sheet_url"], made["sheet_posts"] = None, False
        verbs.append(made)
    warnings = [{"text": text, "tone": "wait"} for text in doubts_of(row)]
    if row.vendor_id is None:
        warnings.append({"text": _("No vendor has the VAT number {number} yet.").format(number=row.seller_vat or "–"), "tone": "wait"})
    vendor = {"party": {"name": row.vendor.name, "url": f"/customers/{row.vendor_id}"}} if row.vendor else {}
    return {
        "document": {
            "kind": row.get_kind_display(),
            "number": row.number,
            "list_url": "/received-einvoices",
            "list_title": ReceivedResource.title,
            "state": {"word": row.get_state_display(), "tone": "open"},
            "facts": [(_("Seller"), row.seller_name), (_("Date"), Formatter(language).day(row.on))],
            "amount": row.gross,
            "currency": row.currency_id,
            "decimals": decimals,
            "warnings": warnings,
            "verbs": verbs,
            "version": None,
            **vendor,
        },
        "today": today_of(request).isoformat(),
        "paper": paper(row),
        "pictures": pictures_of(ReceivedResource, row.pk, files_of(actor, ReceivedResource, row.pk)),
        "paper_url": f"/received-einvoices/{row.pk}/pdf",
        "files": shown_files(actor, ReceivedResource, row.pk) | {"add_url": None},
    }


@door(RECEIVE, "POST")
def bring_files(request: HttpRequest) -> HttpResponse:
    """Take the chosen files, each for itself: what one of them breaks stops no other."""
    company = company_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    if company is None or not actor.may(RECEIVE, company.pk):
        raise NotFound(what=_("A company whose e-invoices you may take in"))
    new = known = 0
    files = request.FILES.getlist("files")
    for file in files:
        try:
            with unit_of_work(actor.username, "einvoicing.bring"):
                done = bring(file.name or "file", file.read(LARGEST + 1), [company])
        except UserError as refusal:
            flash(request, refusal.sentence(), tone="bad")
            continue
        new, known = new + done.is_new, known + (not done.is_new)
    if new:
        flash(request, ngettext("{n} file was taken.", "{n} files were taken.", new).format(n=new))
    if known:
        flash(
            request,
            ngettext("{n} file was here already; nothing was added.", "{n} files were here already; nothing was added.", known).format(
                n=known
            ),
            tone="info",
        )
    if not files:
        flash(request, _("Choose a file first."), tone="wait")
    return HttpResponseRedirect(ADDRESS)
