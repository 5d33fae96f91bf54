"""Deliveries as bookings, and what they lack for one: everything is named before anything is written."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from fondaco.masterdata.companies.models import Company, Country
from fondaco.masterdata.parties.models import Address, ContactPoint, Party
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, Warehouse
from fondaco.operations.shipping.carriers.declared import Booking, Declared, Parcel, Place, Way
from fondaco.operations.shipping.models import Carrier, CarrierService, Package
from fondaco.operations.shipping.packing import open_parts
from fondaco.operations.shipping.worth import prices_of
from fondaco.operations.supply.calendars import Calendar, calendars_of
from fondaco.platform.documents.models import Document
from fondaco.platform.money import ZERO, rounded, spread

#: The last line of an address that somebody wrote as text: postal code and place.
PLACE = re.compile(r"([0-9A-Z][0-9A-Z -]{1,9}[0-9A-Z]) (\S.*)")
BETWEEN_WORDS = re.compile(r"\W+")


@dataclass(frozen=True)
class Asked:
    """How deliveries shall be booked."""

    carrier: Carrier
    service: CarrierService | None
    on: date | None
    collects: bool
    declare: bool
    incoterm: str
    insured: bool
    #: Instead of the address on the delivery: street, postal code and place, a line each.
    to_address: str = ""


@dataclass
class Drawn:
    """A delivery's booking, or what it lacks; the day on which it leaves."""

    issue: GoodsIssue
    on: date
    booking: Booking | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def kg(self) -> Decimal:
        return sum((p.kg for p in self.booking.parcels), ZERO) if self.booking else ZERO


def day_of(carrier: Carrier, company: Company, calendar: Calendar, now: datetime) -> date:
    """The day on which what is booked now leaves: today until the carrier's hour, by the company's clock, else the next working day."""
    here = now.astimezone(ZoneInfo(company.time_zone))
    late = carrier.cut_off is not None and here.time() >= carrier.cut_off
    return calendar.open_from(here.date() + timedelta(days=1) if late else here.date())


def drawn(issues: Sequence[GoodsIssue], asked: Asked, way: Way, references: Mapping[int, str], now: datetime) -> list[Drawn]:
    """The bookings of deliveries of one company, by ``references``. Twelve statements, however many."""
    keys = [i.pk for i in issues]
    ground = _ground(issues, asked.carrier)
    company = ground.company
    packages: dict[int, list[Package]] = defaultdict(list)
    for package in Package.objects.filter(issue__in=keys).order_by("issue", "position"):
        packages[package.issue_id].append(package)
    lines: dict[int, list[GoodsIssueLine]] = defaultdict(list)
    rows = list(
        GoodsIssueLine.objects.filter(issue__in=keys).select_related("product__commodity_code", "product__unit").order_by("position", "id")
    )
    for line in rows:
        lines[line.issue_id].append(line)
    prices = prices_of(rows)
    left = open_parts(keys)
    found = []
    for issue in issues:
        one = Drawn(issue, max(asked.on or day_of(asked.carrier, company, ground.calendar, now), issue.on))
        sender = _sender(company, ground.houses[issue.warehouse_id], one.problems)
        receiver, country = ground.receiver(issue, asked, one.problems)
        parcels = _parcels(packages[issue.pk], bool(left[issue.pk]), asked, way, one.problems)
        abroad = country is not None and crosses(company.country, country)
        value, currency = _value(lines[issue.pk], prices)
        customs = _customs(lines[issue.pk], prices, parcels, one.problems) if abroad or asked.declare else []
        if asked.insured and value is None:
            one.problems.append(_("its goods have no price, or prices in several currencies, so that their value cannot be insured"))
        if not one.problems and sender and receiver:
            one.booking = Booking(
                reference=references[issue.pk], company=company.code, carrier=asked.carrier.code, delivery=str(issue), on=one.on,
                leaves_at=f"{asked.carrier.cut_off:%H:%M}" if asked.carrier.cut_off else "", time_zone=company.time_zone, account=asked.carrier.account,
                service=asked.service.code if asked.service else "", collects=asked.collects, label_format=asked.carrier.label_format,
                description=", ".join(dict.fromkeys(ln.product.name for ln in lines[issue.pk])), ship_from=sender, ship_to=receiver, parcels=tuple(parcels),
                customs=tuple(customs), incoterm=asked.incoterm, value=value if customs or asked.insured else None,
                currency=currency if customs or asked.insured else "", insured=asked.insured,
            )  # fmt: skip
        found.append(one)
    return found


@dataclass(frozen=True)
class Weighed:
    """The parcel in which goods come back, as the customer said or somebody estimated."""

    kg: Decimal
    length_cm: Decimal | None = None
    width_cm: Decimal | None = None
    height_cm: Decimal | None = None


@dataclass(frozen=True)
class Comes:
    """Goods of a delivery that come back: the paper about which they do, and what they are."""

    issue: GoodsIssue
    paper: Document
    goods: str


def drawn_back(back: Sequence[Comes], asked: Asked, way: Way, references: Sequence[str], parcel: Weighed, now: datetime) -> list[Drawn]:
    """Bookings by which goods come back in one parcel, from where they were delivered to their warehouse. Six statements, however many."""
    ground = _ground([c.issue for c in back], asked.carrier)
    found = []
    for comes, reference in zip(back, references, strict=True):
        issue = comes.issue
        one = Drawn(issue, asked.on or day_of(asked.carrier, ground.company, ground.calendar, now))
        here = _sender(ground.company, ground.houses[issue.warehouse_id], one.problems)
        there, country = ground.receiver(issue, asked, one.problems)
        if country is not None and crosses(ground.company.country, country):
            one.problems.append(
                _("it comes back over a customs border: book it on the carrier's own page, with the papers that customs ask for")
            )
        if "measures" in way.needs and not (parcel.length_cm and parcel.width_cm and parcel.height_cm):
            one.problems.append(_("{carrier} asks for the measures of the parcel").format(carrier=asked.carrier))
        _check_weight(parcel.kg, asked.service, one.problems)
        if not one.problems and here and there:
            one.booking = Booking(
                reference=reference, company=ground.company.code, carrier=asked.carrier.code, delivery=str(comes.paper), on=one.on,
                time_zone=ground.company.time_zone, account=asked.carrier.account, service=asked.service.code if asked.service else "",
                collects=asked.collects, label_format="pdf", description=comes.goods, ship_from=there, ship_to=here, comes_back=True, incoterm=asked.incoterm,
                parcels=(Parcel(number=1, package=0, kg=parcel.kg, length_cm=parcel.length_cm, width_cm=parcel.width_cm, height_cm=parcel.height_cm),),
            )  # fmt: skip
        found.append(one)
    return found


@dataclass(frozen=True)
class _Ground:
    """What bookings of deliveries of one company stand on, whichever way goods go."""

    company: Company
    calendar: Calendar
    parties: Mapping[int, Party]
    addresses: Mapping[int, Sequence[Address]]
    phones: Mapping[int, str]
    houses: Mapping[int, Warehouse]

    def receiver(self, issue: GoodsIssue, asked: Asked, problems: list[str]) -> tuple[Place | None, Country | None]:
        party = self.parties[issue.customer_id]
        return _receiver(issue, party, self.addresses.get(party.pk, ()), self.phones.get(party.pk, ""), asked, problems)


def _ground(issues: Sequence[GoodsIssue], carrier: Carrier) -> _Ground:
    """Six statements, however many."""
    company = Company.objects.select_related("country").get(pk=carrier.company_id)
    parties = Party.objects.select_related("country").in_bulk({i.customer_id for i in issues})
    addresses: dict[int, list[Address]] = defaultdict(list)
    for address in Address.objects.filter(party__in=parties).select_related("country").order_by("position", "id"):
        addresses[address.party_id].append(address)
    houses = Warehouse.objects.in_bulk({i.warehouse_id for i in issues})
    return _Ground(company, calendars_of([company.pk])[company.pk], parties, addresses, _phones(parties), houses)


def _check_weight(kg: Decimal, service: CarrierService | None, problems: list[str]) -> None:
    most = service.max_kg if service else None
    if most is not None and kg > most:
        problems.append(_("it weighs {kg} kg, and {service} takes {most} kg").format(kg=kg, service=service, most=most))


def crosses(sender: Country, receiver: Country) -> bool:
    """Whether goods leave a customs area. Lands of the Union are one; what lies in such a land and outside of its customs (the Canaries,
    Livigno) has to be said."""
    return sender.pk != receiver.pk and not (sender.in_eu and receiver.in_eu)


def _phones(parties: Mapping[int, Party]) -> dict[int, str]:
    found = {pk: p.phone for pk, p in parties.items() if p.phone}
    points = ContactPoint.objects.filter(party__in=parties, kind__in=["phone", "mobile"]).order_by("-position", "-id")
    return dict(points.values_list("party", "value")) | found


def _sender(company: Company, house: Warehouse, problems: list[str]) -> Place | None:
    street, postal_code, city = company.street, company.postal_code, company.city
    if house.address:
        written = written_place(house.address)
        if written is None:
            problems.append(
                _("the address of the warehouse {warehouse} has no line with postal code and place below the street").format(
                    warehouse=house
                )
            )
            return None
        street, postal_code, city = written
    missing = [
        word
        for word, given in ((_("street"), street), (_("postal code"), postal_code), (_("place"), city), (_("telephone"), company.phone))
        if not given
    ]
    if missing:
        problems.append(_("the company {company} lacks {missing}").format(company=company, missing=", ".join(missing)))
        return None
    return Place(
        company=company.name, person=house.name, street=street, postal_code=postal_code, city=city, country=company.country_id, phone=company.phone,
        email=company.email, vat_number=company.vat_number,
    )  # fmt: skip


def _receiver(
    issue: GoodsIssue, party: Party, addresses: Sequence[Address], phone: str, asked: Asked, problems: list[str]
) -> tuple[Place | None, Country | None]:
    found = address_of(issue.ship_to, addresses)
    country = (found.country if found else None) or party.country
    if asked.to_address:
        street, postal_code, city = written_place(asked.to_address) or ("", "", "")
        if not street:
            problems.append(_("the address that was written has no line with postal code and place below the street"))
            return None, country
    elif found is not None:
        street, postal_code, city = found.street, found.postal_code, found.city
    else:
        problems.append(
            _("none of the addresses of {customer} is written as on the delivery: write the address here, street, postal code and place").format(
                customer=party
            )
            if issue.ship_to or addresses
            else _("the customer {customer} has no address").format(customer=party)
        )  # fmt: skip
        return None, country
    named = ((_("street"), street), (_("place"), city), (_("country"), country), (_("telephone"), phone))
    missing = [word for word, given in named if not given]
    if missing:
        problems.append(_("the customer {customer} lacks {missing}").format(customer=party, missing=", ".join(missing)))
        return None, country
    return Place(
        company=party.name, person=party.name, street=street, postal_code=postal_code, city=city, country=country.pk if country else "", phone=phone,
        email=party.email,
    ), country  # fmt: skip


def address_of(written: str, addresses: Sequence[Address]) -> Address | None:
    """The address that a delivery's text means: the one whose street, postal code and place stand in it; without a text the delivery address, else
    the first."""
    if not written.strip():
        return next((a for a in addresses if a.kind == "delivery"), addresses[0] if addresses else None)
    text = _plain(written)
    fitting = [
        a for a in addresses if a.street and a.city and all(_plain(part) in text for part in (a.street, a.postal_code, a.city) if part)
    ]
    # Of two the longer street is meant: "Via Po 1" stands in "Via Po 1 B" too.
    return max(fitting, key=lambda a: (len(a.street), a.kind == "delivery"), default=None)


def written_place(text: str) -> tuple[str, str, str] | None:
    """Street, postal code and place of an address that somebody wrote as text, in lines or with commas: the postal code begins a line below
    the street, and what stands below that (a country) is left out. None where there is no such line."""
    lines = [line.strip() for line in re.split(r"[\n,]", text) if line.strip()]
    places = [(n, m) for n, line in enumerate(lines) if n and (m := PLACE.fullmatch(line)) and any(c.isdigit() for c in m[1])]
    if not places:
        return None
    at, match = places[-1]
    return ", ".join(lines[:at]), match[1], match[2]


def _plain(text: str) -> str:
    """The words of a text, a space around each, so that "Via Po 1" does not stand in "Via Po 12"."""
    return f" {BETWEEN_WORDS.sub(' ', text).strip().casefold()} "


def _parcels(packages: Sequence[Package], is_open: bool, asked: Asked, way: Way, problems: list[str]) -> list[Parcel]:
    if not packages:
        problems.append(_("it has no packages: pack it first"))
    elif is_open:
        problems.append(_("not everything of it is packed"))
    if light := [str(p.position) for p in packages if p.gross_kg is None]:
        problems.append(_("nobody weighed package {packages}").format(packages=", ".join(light)))
    if "measures" in way.needs and (unmeasured := [str(p.position) for p in packages if not (p.length_cm and p.width_cm and p.height_cm)]):
        problems.append(
            _("nobody measured package {packages}: choose a packaging, or weigh it with its measures").format(
                packages=", ".join(unmeasured)
            )
        )
    if problems:
        return []
    parcels = [
        Parcel(
            number=p.position, package=p.pk, kg=p.gross_kg or ZERO, length_cm=p.length_cm, width_cm=p.width_cm, height_cm=p.height_cm, sscc=p.sscc
        )
        for p in packages
    ]  # fmt: skip
    _check_weight(sum((p.kg for p in parcels), ZERO), asked.service, problems)
    return parcels


def _value(lines: Sequence[GoodsIssueLine], prices: Mapping[int, tuple[Decimal, str]]) -> tuple[Decimal | None, str]:
    """What goods were sold for, where all have a price, in one currency."""
    currencies = {prices[ln.pk][1] for ln in lines if ln.pk in prices}
    if len(currencies) != 1 or any(ln.pk not in prices for ln in lines):
        return None, ""
    return sum((prices[ln.pk][0] * ln.quantity for ln in lines), ZERO), currencies.pop()


def _customs(
    lines: Sequence[GoodsIssueLine], prices: Mapping[int, tuple[Decimal, str]], parcels: Sequence[Parcel], problems: list[str]
) -> list[Declared]:
    """The goods as customs ask for them; the weight of the packages is spread over them by what they weigh."""
    for word, lacks in (
        (_("commodity code"), lambda p: p.commodity_code_id is None),
        (_("country of origin"), lambda p: p.origin_id is None),
        (_("weight"), lambda p: not p.weight_kg),
    ):
        if skus := sorted({ln.product.sku for ln in lines if lacks(ln.product)}):
            problems.append(_("customs ask for the {what} of {products}").format(what=word, products=", ".join(skus[:10])))
    if skus := sorted({ln.product.sku for ln in lines if ln.pk not in prices}):
        problems.append(_("customs ask for the price of {products}").format(products=", ".join(skus[:10])))
    elif len({prices[ln.pk][1] for ln in lines}) > 1:
        problems.append(_("its goods were sold in several currencies, and customs ask for one"))
    if problems:
        return []
    net = [rounded((ln.product.weight_kg or ZERO) * ln.quantity, 3) for ln in lines]
    whole = max(rounded(sum((p.kg for p in parcels), ZERO), 3), sum(net, ZERO))
    return [
        Declared(
            description=ln.product.name, quantity=ln.quantity, unit_price=prices[ln.pk][0], commodity_code=_code(ln.product),
            origin=ln.product.origin_id or "", net_kg=light, gross_kg=light + more,
        )
        for ln, light, more in zip(lines, net, spread(whole - sum(net, ZERO), net, 3), strict=True)
    ]  # fmt: skip


def _code(product: Any) -> str:
    return str(product.commodity_code.code)
