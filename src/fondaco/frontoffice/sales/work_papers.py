"""The work document of an order: of each line that is made, what was chosen, the operations in their order and all parts; no prices."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.configured import options
from fondaco.frontoffice.sales.making import whole_of
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.operations.engineering.exploding import Part, Work, walked
from fondaco.platform.documents.printing import Formatter, render

TEMPLATE = Path(__file__).parent / "documents" / "work.typ"


def work_pdf(order: Order) -> bytes:
    """The work document of an order as PDF, in the reader's language; every line on a page of its own."""
    language = get_language() or "en"
    formats = Formatter(language)
    lines = [
        ln
        for ln in OrderLine.objects.filter(order=order).select_related("product__unit", "configuration").order_by("position", "id")
        if ln.made_of
    ]
    chosen = options([ln.configuration for ln in lines], language)
    data = {
        "title": _("Work document"),
        "number": str(order),
        "company": order.company.name,
        "page": _("Page"),
        "operations": _("Operations"),
        "operation_heads": ["", _("Operation"), _("Work centre"), _("Set-up min"), _("Run min"), _("Done by")],
        "parts": _("Parts"),
        "part_heads": [_("SKU"), _("Part"), _("Quantity"), _("Unit"), "✓"],
        "lines": [_line(ln, chosen.get(ln.configuration_id, []), formats) for ln in lines],
    }
    return render(TEMPLATE, data, language)


def _line(line: OrderLine, chosen: list[tuple[str, str, int]], formats: Formatter) -> dict[str, Any]:
    whole = whole_of(line)
    parts = [("\u2003" * max(level - 1, 0), p) for level, p in walked(whole) if level]
    works = [(p, w) for _level, p in walked(whole) for w in p.works]
    # What goes into the whole is done before it.
    works.sort(key=lambda pair: pair[0] is whole)
    return {
        "product": f"{whole.sku}  {whole.name}",
        "facts": [
            (_("Quantity"), f"{formats.number(line.quantity)} {whole.unit}"),
            (_("Promised for"), formats.day(line.promised_on)),
            (_("Bill of materials"), f"v{whole.version}"),
            (_("Line"), str(line.position)),
        ],
        "options": [["\u2003" * depth + name, value] for name, value, depth in chosen],
        "operations": [_work(n, p, w, whole, formats) for n, (p, w) in enumerate(works, 1)],
        "parts": [[indent + p.sku, p.name, formats.number(p.quantity), p.unit, ""] for indent, p in parts],
    }


def _work(number: int, part: Part, work: Work, whole: Part, formats: Formatter) -> list[str]:
    name = work.name if part is whole else f"{work.name} ({part.name})"
    minutes = (
        (formats.number(work.setup), formats.number(work.run))
        if work.centre
        else ("", _("{days} days").format(days=formats.number(Decimal(work.days))))
    )
    return [str(number), name, work.place, *minutes, ""]
