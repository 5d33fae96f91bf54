"""What leaves the demo's warehouses in the last days: packed, booked with a carrier by hand, on its way; one parcel is held up, two wait for their number."""

from datetime import UTC, datetime, time, timedelta

from fondaco.connectors.demo.founding import ACTOR
from fondaco.connectors.demo.life import Life
from fondaco.masterdata.parties.models import Address
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.shipping.booking import book_carrier, note_number
from fondaco.operations.shipping.carriers.declared import Event
from fondaco.operations.shipping.following import take
from fondaco.operations.shipping.models import Consignment, Package
from fondaco.operations.shipping.packing import propose_packages, weigh
from fondaco.operations.shipping.resources import CarrierResource, PackagingResource
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

#: Deliveries of so many days, and at most so many.
DAYS, MOST = 21, 12
CARTONS = (
    ("S", "Scatola piccola", "30", "20", "20", "0.2", "10"),
    ("M", "Scatola media", "50", "40", "40", "0.6", "25"),
    ("L", "Cassa di legno", "90", "80", "90", "6", "120"),
)
#: What a parcel tells that is so many days under way: hours after it was booked, what, where and in which words.
WAY = (
    (5, "picked_up", "Milano", "Ritirato"),
    (14, "in_transit", "Bologna", "Partito dalla piattaforma"),
    (22, "out", "", "In consegna"),
    (27, "delivered", "", "Consegnato"),
)
HELD = (23, "exception", "", "Destinatario assente, nuovo tentativo domani")


def send(life: Life) -> None:
    """Pack and book what was delivered lately, and tell how far it is by the day of the opening."""
    company = life.house.company
    create(
        ACTOR,
        PackagingResource,
        [
            {"company": company.pk, "code": c, "name": n, "length_cm": x, "width_cm": y, "height_cm": z, "tare_kg": tare, "max_kg": most}
            for c, n, x, y, z, tare, most in CARTONS
        ],
    )
    services = [
        {"code": "STD", "name": "Consegna standard", "price": "7.90", "price_per_kg": "0.35"},
        {"code": "ESP", "name": "Consegna espressa", "price": "14.50", "price_per_kg": "0.60", "max_kg": "50"},
    ]
    given = {
        "company": company.pk, "code": "ADR", "name": "Corriere Adriatico", "details": "Via delle Bitte, 3\n34147 Trieste TS", "account": "SBV-2207",
        "tracking_url": "https://tracking.corriere-adriatico.example/{tracking}", "cut_off": "16:30", "services": services,
    }  # fmt: skip
    (carrier,) = create(ACTOR, CarrierResource, [given]).ids
    issues = _deliveries(life)
    if not issues:
        return
    perform(ACTOR, propose_packages, [i.pk for i in issues], {})
    unknown = list(Package.objects.filter(issue__in=issues, gross_kg=None).values_list("pk", flat=True))
    if unknown:
        perform(ACTOR, weigh, unknown, {"gross_kg": "4.8"})
    service = CarrierResource.lines[0].model._default_manager.get(carrier=carrier, code="STD").pk
    words = {"carrier": carrier, "service": service, "tell_customer": False}
    keys = []
    for day in sorted({i.on for i in issues}):
        keys += perform(ACTOR, book_carrier, [i.pk for i in issues if i.on == day], {**words, "on": day}).made["consignments"]
    numbered = keys[:-2]
    for key in numbered:
        perform(ACTOR, note_number, [key], {"tracking": f"ADR{7_300_000 + key}"})
    rows = list(Consignment.objects.filter(pk__in=numbered).order_by("on", "pk"))
    held = next((row for row in reversed(rows) if row.on <= life.last - timedelta(days=2)), None)
    with unit_of_work(ACTOR.username, "demo"):
        take([event for row in rows for event in _told(life, row, row is held)])


def _deliveries(life: Life) -> list[GoodsIssue]:
    """The last deliveries to customers whose address is known, and which hold nothing but what is weighed or fits a carton."""
    rows = GoodsIssue.objects.filter(
        company=life.house.company, state="posted", on__gt=life.last - timedelta(days=DAYS), on__lte=life.last, leaves_as=GoodsIssue.SALE,
        customer__country="IT", customer__in=Address.objects.exclude(street="").values("party"),
    ).exclude(customer__phone="")  # fmt: skip
    light = rows.exclude(pk__in=GoodsIssueLine.objects.filter(product__weight_kg__gt=30).values("issue"))
    return sorted(light.order_by("-on", "-pk")[:MOST], key=lambda i: (i.on, i.pk))


def _told(life: Life, row: Consignment, is_held: bool) -> list[Event]:
    """What is known of a parcel by the evening before the opening."""
    begin = datetime.combine(row.on, time(12, 0), UTC)
    until = datetime.combine(life.last, time(18, 0), UTC)
    steps = (*WAY[:2], HELD) if is_held else WAY
    return [
        Event(begin + timedelta(hours=hours), kind, tracking=row.tracking, place=place, text=text)
        for hours, kind, place, text in steps
        if begin + timedelta(hours=hours) <= until
    ]
