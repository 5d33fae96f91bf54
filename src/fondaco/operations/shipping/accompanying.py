"""Which papers move goods out of the house, and what their transport documents say. Rooms above add theirs with ``accompanies``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Sum

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.operations.inventory.models import (
    GoodsIssue,
    GoodsIssueLine,
    GoodsReceipt,
    Location,
    StockTransfer,
    StockTransferLine,
    Warehouse,
)
from fondaco.operations.shipping.laws import LAWS
from fondaco.operations.shipping.models import Package, TransportDocument
from fondaco.operations.shipping.packing import tell_transport
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import rounded

KILOGRAM_PLACES = 3


@dataclass(frozen=True, slots=True)
class Travelling:
    """Why goods of a paper travel, to whom and where; ``carrier`` where the paper names one."""

    reason: str
    party: int | None = None
    from_place: str = ""
    to_place: str = ""
    carrier: str = ""


#: Given papers of one kind, what is known of those whose goods travel, by key; a constant number of statements.
Facts = Callable[[Sequence[Any]], Mapping[int, Travelling]]


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of paper that is accompanied: its lines, and the foreign key from them back to it."""

    line: type[Model]
    parent: str
    facts: Facts


KINDS: dict[str, Kind] = {}
_models: dict[str, type[Model]] = {}


def accompanies(model: type[Model], events: Sequence[str], line: type[Model], parent: str) -> Callable[[Facts], Facts]:
    """Register a kind of paper whose goods travel once one of ``events`` happened to it."""

    def register(facts: Facts) -> Facts:
        KINDS[model._meta.db_table] = Kind(line, parent, facts)
        _models[model._meta.db_table] = model
        for event in events:
            reacts_to(event)(_accompany)
        return facts

    return register


def model_of(table: str) -> type[Model] | None:
    """The kind of paper that stands in a table, where its goods travel."""
    return _models.get(table)


def _accompany(papers: DocumentSet[Any]) -> None:
    """Make and number the transport documents of papers whose goods have left."""
    made = write_documents(papers.model, papers.rows, papers.actor)
    packed = Package.objects.filter(issue__in=papers.ids).exists() if made and papers.model is GoodsIssue else False
    if packed:
        tell_transport(papers.ids)


def write_documents(model: type[Model], papers: Sequence[Any], actor: Actor) -> list[TransportDocument]:
    """Transport documents for those papers that the law of their company's country asks one for; they are numbered in key order."""
    countries = dict(Company.objects.filter(pk__in={p.company_id for p in papers}).values_list("id", "country_id"))
    concerned = [p for p in papers if countries[p.company_id] in LAWS]
    if not concerned:
        return []
    table = model._meta.db_table
    kind = KINDS[table]
    facts = kind.facts(concerned)
    weights = _net_weights(kind, [p.pk for p in concerned])
    rows = []
    for paper in concerned:
        known = facts.get(paper.pk)
        if known is None:
            continue
        law = LAWS[countries[paper.company_id]]
        rows.append(
            TransportDocument(
                company_id=paper.company_id, on=paper.on, party_id=known.party, reason=known.reason, from_place=known.from_place, to_place=known.to_place,
                carrier=known.carrier, carried_by=TransportDocument.CARRIER if known.carrier else TransportDocument.SENDER, net_kg=weights.get(paper.pk),
                invoice_by=law.invoice_by(paper.on) if known.reason == TransportDocument.SALE else None, source_table=table, source_id=paper.pk,
            )
        )  # fmt: skip
    DocumentSet(TransportDocument, rows, actor).draw_numbers()
    insert_rows(TransportDocument, rows)
    return rows


def _net_weights(kind: Kind, keys: Sequence[int]) -> dict[int, Decimal]:
    """What the goods of papers weigh by their products, in kg rounded to the gram; none where a product's weight is unknown."""
    rows = kind.line._default_manager.filter(**{f"{kind.parent}__in": keys})
    unknown = set(rows.filter(product__weight_kg__isnull=True).values_list(f"{kind.parent}_id", flat=True))
    sums = rows.values(f"{kind.parent}_id").annotate(kg=Sum(F("quantity") * F("product__weight_kg")))
    return {
        key: rounded(kg, KILOGRAM_PLACES)
        for key, kg in sums.values_list(f"{kind.parent}_id", "kg")
        if key not in unknown and kg is not None
    }


def address_text(name: str, address: Address | None) -> str:
    """A name and a postal address as they stand on a paper, a line each."""
    if address is None:
        return name
    place = f"{address.postal_code} {address.city} {address.region}".strip()
    return "\n".join(part for part in (name, address.street, place, address.country_id or "") if part)


def places_of_parties(keys: set[int]) -> dict[int, str]:
    """Where goods for parties go: their delivery address, else the first they have. Two statements."""
    chosen: dict[int, Address] = {}
    for address in Address.objects.filter(party__in=keys).order_by("position", "id"):
        first = chosen.get(address.party_id)
        if first is None or (first.kind != "delivery" and address.kind == "delivery"):
            chosen[address.party_id] = address
    return {pk: address_text(name, chosen.get(pk)) for pk, name in Party.objects.filter(pk__in=keys).values_list("id", "name")}


def places_of_houses(keys: set[int]) -> dict[int, str]:
    """Where goods of warehouses start: the warehouse's address, else the company's. One statement."""
    found = {}
    for house in Warehouse.objects.filter(pk__in=keys).select_related("company"):
        company = house.company
        own = "\n".join(part for part in (company.street, f"{company.postal_code} {company.city}".strip()) if part)
        found[house.pk] = "\n".join(part for part in (company.name, house.address or own) if part)
    return found


#: Why goods travel, by how their delivery leaves.
AS = {GoodsIssue.SALE: TransportDocument.SALE, GoodsIssue.REPLACEMENT: "replacement", GoodsIssue.SENT_BACK: "other"}


@accompanies(GoodsIssue, ["inventory.post_issue"], GoodsIssueLine, "issue")
def deliveries(issues: Sequence[GoodsIssue]) -> dict[int, Travelling]:
    """A delivery travels to its customer, unless its goods lie with him already; what is not for sale says so. What a vendor sent straight to
    the customer travels from him."""
    there = set(
        Location.objects.filter(pk__in={i.place_id for i in issues if i.place_id}, kind=Location.AT_CUSTOMER).values_list("id", flat=True)
    )
    direct = {i.direct_receipt_id for i in issues if i.direct_receipt_id}
    vendors = dict(GoodsReceipt.objects.filter(pk__in=direct).values_list("pk", "vendor_id")) if direct else {}
    parties = places_of_parties({i.customer_id for i in issues} | {v for v in vendors.values() if v})
    houses = places_of_houses({i.warehouse_id for i in issues})
    return {
        i.pk: Travelling(
            AS[i.leaves_as], i.customer_id, parties.get(vendors.get(i.direct_receipt_id or 0) or 0, houses[i.warehouse_id]), i.ship_to or parties[i.customer_id], i.carrier,
        )
        for i in issues
        if i.place_id not in there
    }  # fmt: skip


@accompanies(StockTransfer, ["inventory.post_transfer", "inventory.send_transfer"], StockTransferLine, "transfer")
def transfers(rows: Sequence[StockTransfer]) -> dict[int, Travelling]:
    """A transfer travels to another warehouse, or to the customer where goods are consigned; inside a warehouse nothing does."""
    places = Location.objects.in_bulk({p for t in rows for p in (t.place_id, t.to_place_id) if p})
    consigned = {pk: p.party_id for pk, p in places.items() if p.kind == Location.AT_CUSTOMER}
    parties = places_of_parties({party for party in consigned.values() if party})
    houses = places_of_houses({h for t in rows for h in (t.warehouse_id, t.to_warehouse_id)})
    found = {}
    for t in rows:
        if t.place_id in consigned:
            continue  # What comes back from a customer travels with his own paper.
        party = consigned.get(t.to_place_id or 0)
        if party:
            found[t.pk] = Travelling(TransportDocument.CONSIGNMENT, party, houses[t.warehouse_id], parties[party])
        elif t.warehouse_id != t.to_warehouse_id:
            found[t.pk] = Travelling(TransportDocument.TRANSFER, None, houses[t.warehouse_id], houses[t.to_warehouse_id])
    return found
