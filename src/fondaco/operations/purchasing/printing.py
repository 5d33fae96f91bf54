"""The papers that go with goods sent back to vendors."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from fondaco.operations.purchasing.models import VendorReturn, VendorReturnLine
from fondaco.operations.shipping.accompanying import Travelling, accompanies, places_of_houses, places_of_parties
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.shipping.printing import goods_pdf, transport_pdf


@accompanies(VendorReturn, ["purchasing.send_vendor_return"], VendorReturnLine, "vendor_return")
def returns(rows: Sequence[VendorReturn]) -> dict[int, Travelling]:
    """What goes back travels to its vendor: as a return, or to be repaired."""
    parties = places_of_parties({r.vendor_id for r in rows})
    houses = places_of_houses({r.warehouse_id for r in rows})
    return {
        r.pk: Travelling(
            "repair" if r.wanted == VendorReturn.REPAIR else TransportDocument.TO_VENDOR, r.vendor_id, houses[r.warehouse_id], parties[r.vendor_id],
            r.carrier,
        )
        for r in rows
    }  # fmt: skip


def return_pdf(row: VendorReturn) -> bytes:
    """The transport document of a return to a vendor; where the law asks for none, or before the goods leave, a paper of our own."""
    paper = TransportDocument.objects.filter(source_table=VendorReturn._meta.db_table, source_id=row.pk).first()
    if paper is not None:
        return transport_pdf(paper)
    row = VendorReturn.objects.select_related("company__country", "vendor__country").get(pk=row.pk)
    lines = VendorReturnLine.objects.filter(vendor_return=row)
    return goods_pdf(row, row.vendor, lines, gettext_noop("Return to vendor"), places_of_parties({row.vendor_id})[row.vendor_id])
