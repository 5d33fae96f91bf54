"""The paper that goes with goods: by the law of the country where it has one, a delivery note elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from fondaco.finance.invoicing.printing import letterhead
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.shipping.accompanying import KINDS, model_of, places_of_parties
from fondaco.operations.shipping.barcodes import bars
from fondaco.operations.shipping.laws import LAWS
from fondaco.operations.shipping.models import Consignment, Package, TransportDocument
from fondaco.operations.shipping.refusals import LabelForPrinter, NoLabelOfCarrier, NoLabels
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.events.sending import attaches
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import read

TEMPLATE = Path(__file__).parent / "documents" / "transport.typ"
LABEL = Path(__file__).parent / "documents" / "label.typ"

#: A carrier's label that leaves with a mail.
MAILED_LABEL = "shipping.label"


def transport_pdf(document: TransportDocument) -> bytes:
    """A transport document as PDF, in its recipient's language (the company's own where goods stay in the house)."""
    document = TransportDocument.objects.select_related("company__country", "party__country").get(pk=document.pk)
    language = document.party.language if document.party else document.company.language
    kind, model = KINDS[document.source_table], model_of(document.source_table)
    assert model is not None
    source = model._default_manager.get(pk=document.source_id)
    lines = list(
        kind.line._default_manager.filter(**{kind.parent: source.pk})
        .select_related("product__unit", "product__second_unit")
        .order_by("position", "id")
    )
    law = LAWS.get(document.company.country_id)
    with translation.override(language):
        formats = Formatter(language)
        begins = timezone.localtime(document.starts_at, ZoneInfo(document.company.time_zone)) if document.starts_at else None
        data = {
            **_head(document.company, document.party, language, document.to_place),
            "title": law.title if law else capfirst(str(document._meta.verbose_name)),
            "number": document.number or "",
            "facts": [
                (_("Date"), formats.day(document.on)),
                (_("Reason for transport"), capfirst(document.get_reason_display())),
                (capfirst(str(source._meta.verbose_name)), source.number or ""),
                *([(_("Law"), law.law)] if law else []),
            ],
            **_goods(lines, formats, language),
            "boxes": [
                (_("From place"), document.from_place),
                (_("Carried by"), capfirst(document.get_carried_by_display())),
                (_("Carrier"), document.carrier),
                (_("Carriage"), capfirst(document.get_freight_display())),
                (_("Appearance of the goods"), document.appearance),
                (_("Packages"), str(document.packages or "")),
                (_("Gross weight kg"), formats.number(document.gross_kg) if document.gross_kg else ""),
                (_("Net weight kg"), formats.number(document.net_kg) if document.net_kg else ""),
                (_("Transport begins"), f"{formats.day(begins.date())}, {begins:%H:%M}" if begins else ""),
            ],
            "notes": document.notes,
            "signatures": [_("Signature of the driver"), _("Signature of the carrier"), _("Signature of the recipient")],
        }
        return render(TEMPLATE, data, language)


def delivery_pdf(issue: GoodsIssue) -> bytes:
    """The transport document of a delivery; where the law asks for none, a delivery note."""
    paper = TransportDocument.objects.filter(source_table=GoodsIssue._meta.db_table, source_id=issue.pk).first()
    if paper is not None:
        return transport_pdf(paper)
    issue = GoodsIssue.objects.select_related("company__country", "customer__country").get(pk=issue.pk)
    lines = GoodsIssueLine.objects.filter(issue=issue)
    return goods_pdf(issue, issue.customer, lines, gettext_noop("Delivery note"), issue.ship_to)


def goods_pdf(paper: Any, party: Party, lines: QuerySet[Any], title: str, to_place: str) -> bytes:
    """The paper that goes with goods where the law asks for none of its own, in the recipient's language."""
    language = party.language
    with translation.override(language):
        formats = Formatter(language)
        tracking = getattr(paper, "tracking", "")
        data = {
            **_head(paper.company, party, language, to_place),
            "title": _(title),
            "number": paper.number or "",
            "mark": _("DRAFT") if paper.state in ("draft", "authorised") else "",
            "facts": [
                (_("Date"), formats.day(paper.on)),
                *([(_("Your return number"), paper.vendor_reference)] if getattr(paper, "vendor_reference", "") else []),
                *([(_("Carrier"), paper.carrier)] if paper.carrier else []),
                *([(_("Tracking"), tracking)] if tracking else []),
            ],
            **_goods(list(lines.select_related("product__unit", "product__second_unit").order_by("position", "id")), formats, language),
            "boxes": [],
            "notes": paper.memo,
            "signatures": [_("Place and date"), _("Signature of the recipient")],
        }
        return render(TEMPLATE, data, language)


def label_pdf(package: Package) -> bytes:
    """The label of a package, A6: from whom, to whom, what it weighs, which of how many, and its number as bars (GS1-128) where it has one."""
    return _labels([package.pk])


@attaches(MAILED_LABEL)
def label_file(key: int) -> bytes:
    """A carrier's label as it was kept, to leave with a mail."""
    row = Attachment.objects.get(pk=key, table_name=Consignment._meta.db_table)
    with read(row.digest, row.name) as file:
        return file.read()


def labels_of(consignment: Consignment) -> bytes:
    """What is stuck on the packages of a consignment: the carrier's labels, else our own, a page each."""
    sent = Attachment.objects.filter(table_name=Consignment._meta.db_table, row_id=consignment.pk, name__contains="-label.").first()
    if sent is None and consignment.comes_back:
        raise NoLabelOfCarrier(document=consignment, carrier=consignment.carrier)
    if sent is None:
        keys = list(Package.objects.filter(issue=consignment.issue_id).order_by("position").values_list("pk", flat=True))
        if not keys:
            raise NoLabels(document=consignment)
        return _labels(keys)
    if not sent.name.endswith(".pdf"):
        raise LabelForPrinter(document=consignment, file=sent.name)
    with read(sent.digest, sent.name) as file:
        return file.read()


def _labels(keys: Sequence[int]) -> bytes:
    """Labels of packages of one delivery, in the customer's language."""
    packages = list(
        Package.objects.filter(pk__in=keys).select_related("issue__company__country", "issue__customer__country").order_by("position")
    )
    issue, company = packages[0].issue, packages[0].issue.company
    language = issue.customer.language
    count = Package.objects.filter(issue=issue).count()
    consigned = Consignment.objects.filter(issue=issue).exclude(state__in=Consignment.OVER).select_related("carrier").first()
    with translation.override(language):
        formats = Formatter(language)
        to = issue.ship_to or places_of_parties({issue.customer_id})[issue.customer_id].partition("\n")[2]
        labels = [
            {
                "from": [
                    _("From"),
                    "\n".join(p for p in (company.name, company.street, f"{company.postal_code} {company.city}".strip()) if p),
                ],
                "to": [_("To"), "\n".join(p for p in (issue.customer.name, to) if p)],
                "facts": [
                    (_("Delivery"), issue.number or ""),
                    (_("Package"), f"{package.position} / {count}"),
                    (_("Gross weight kg"), formats.number(package.gross_kg) if package.gross_kg else "–"),
                    *([(_("Carrier"), consigned.carrier.name)] if consigned else []),
                ],
                "bars": bars(f"00{package.sscc}") if package.sscc else [],
                "human": f"(00) {package.sscc}" if package.sscc else "",
            }
            for package in packages
        ]
        return render(LABEL, {"title": str(packages[0]), "labels": labels}, language)


def _head(company: Company, party: Party | None, language: str, to_place: str) -> dict[str, Any]:
    # Goods that stay in the house go to the company itself, which is no party.
    head = letterhead(company, party or Party(pk=0, name=company.name, vat_number=company.vat_number, city=company.city), language)
    head["ship_to"] = {"title": _("Ship to"), "lines": to_place.split("\n")} if to_place else None
    return head


def _goods(lines: Sequence[Any], formats: Formatter, language: str) -> dict[str, Any]:
    def name(product: Any) -> str:
        return (product.name_it if language == "it" else "") or product.name

    def unit(product: Any) -> str:
        return (product.unit.name_it if language == "it" else "") or product.unit.name

    with_lots = any(line.lots for line in lines)
    with_pieces = any(line.second_quantity is not None for line in lines)
    heads = [
        _("SKU"),
        _("Description"),
        *([_("Lots or serial numbers")] if with_lots else []),
        *([_("Pieces")] if with_pieces else []),
        _("Unit"),
        _("Quantity"),
    ]

    def pieces(line: Any) -> str:
        if line.second_quantity is None:
            return ""
        second = line.product.second_unit
        return f"{formats.number(line.second_quantity)} {(second.name_it if language == 'it' else '') or second.name}"

    return {
        "heads": heads,
        "lines": [
            [
                line.product.sku,
                name(line.product),
                *([line.lots] if with_lots else []),
                *([pieces(line)] if with_pieces else []),
                unit(line.product),
                formats.number(line.quantity),
            ]
            for line in lines
        ],
        "none": pgettext("lines of a paper", "No lines."),
    }
