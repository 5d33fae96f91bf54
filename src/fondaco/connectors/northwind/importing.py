"""The Northwind files as a company of its own, through the verbs every clerk uses (docs/decisions/0005-northwind-import.md).

Every step finds by its key what an earlier run brought, and adds only what is missing; so a second run adds nothing and a stopped
one goes on. Each step is one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fondaco.connectors.northwind.files import Northwind, Row
from fondaco.connectors.northwind.refusals import Differs
from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.models import CustomerTerms, Invoice, InvoiceLine, PaymentTerm
from fondaco.finance.invoicing.resources import CustomerTermsResource, InvoiceResource
from fondaco.finance.ledger.models import Account, OpenItem
from fondaco.finance.payments.actions import post as post_payments
from fondaco.finance.payments.models import Payment
from fondaco.finance.payments.resources import PaymentResource
from fondaco.frontoffice.sales.actions.orders import confirm, deliver, invoice
from fondaco.frontoffice.sales.models import Order as SalesOrder
from fondaco.frontoffice.sales.models import OrderLine as SalesLine
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.masterdata.catalog.models import Category, Product
from fondaco.masterdata.catalog.resources import CategoryResource, ProductResource
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party, Relationship
from fondaco.masterdata.parties.normalising import phone_number
from fondaco.masterdata.parties.resources import PartyResource, RelationshipResource
from fondaco.operations.inventory.actions import post_receipt
from fondaco.operations.inventory.models import GoodsIssue, GoodsReceipt, Warehouse
from fondaco.operations.inventory.resources import GoodsReceiptResource, WarehouseResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit

ACTOR = Actor.program("northwind", channel="import")
CODE, NAME = "NORTHWIND", "Northwind Traders"
YEARS = (1996, 1997, 1998)
OPENING = date(1996, 7, 1)
CREDIT_DAYS = 30
FREIGHT = "Freight"
KEY = "northwind/orders/"

Progress = Callable[[str], None]
#: Sets up a company with its books (``localizations.loading.found_company``); handed in, for connectors stand beside localizations.
Founder = Callable[[Actor, Mapping[str, Any], Iterable[int]], Company]


@dataclass
class Imported:
    """The company, and how many records of each kind this run added."""

    company: Company
    added: dict[str, int] = field(default_factory=dict)

    @property
    def nothing_added(self) -> bool:
        return not any(self.added.values())


def bring_in(files: Northwind, found: Founder, progress: Progress = lambda _what: None) -> Imported:
    """Import everything that is not there yet. Raises Differs when a row says something else than what was imported."""
    company = Company.objects.filter(code=CODE).first()
    result = Imported(company or found(ACTOR, {"code": CODE, "name": NAME, "country_id": "US", "currency_id": "USD"}, YEARS))
    result.added["company"] = int(company is None)
    check_same(files, result.company)
    for what, step in STEPS.items():
        with unit_of_work(ACTOR.username, f"northwind.{what.replace(' ', '_')}"):
            result.added[what] = step(files, result.company)
        progress(f"{what}: {result.added[what]} added")
    return result


def check_same(files: Northwind, company: Company) -> None:
    """Refuse a row of the orders that was imported with other values, naming its file and line."""
    lines: dict[str, dict[str, SalesLine]] = defaultdict(dict)
    orders = {o.reference: o for o in SalesOrder.objects.filter(company=company, reference__startswith=KEY).select_related("customer")}
    for sold in SalesLine.objects.filter(order__in=orders.values()).select_related("product", "order"):
        lines[sold.order.reference][sold.product.sku if sold.product else FREIGHT] = sold
    for order in files.orders:
        there = orders.get(f"{KEY}{order.key}")
        if there is None:
            continue
        given = lines[there.reference]
        _same(order.row, f"{KEY}{order.key}", customer=(there.customer.code, _customer(order.customer)), on=(there.on, order.ordered))
        _same(order.row, f"{KEY}{order.key}", freight=(given[FREIGHT].net, order.freight), lines=(len(given) - 1, len(order.lines)))
        for line in order.lines:
            stored = given.get(_sku(line.product))
            _same(
                line.row,
                f"{KEY}{order.key}, product {line.product}",
                unit_price=(stored and stored.unit_price, line.unit_price),
                quantity=(stored and stored.quantity, line.quantity),
                discount=(stored and stored.discount_percent, line.discount),
            )


def _same(row: Row, what: str, **pairs: tuple[Any, Any]) -> None:
    wrong = [f"{name} {before} → {now}" for name, (before, now) in pairs.items() if before != now]
    if wrong:
        raise Differs(file=f"{row.file}.csv", line=row.line, what=what, difference="; ".join(wrong))


def _employees(files: Northwind, company: Company) -> int:
    """People who sell. They get no logins: inactive, without a password."""
    there = set(User.objects.filter(username__startswith="northwind.").values_list("username", flat=True))
    fresh = []
    for row in files.employees:
        username = _username(row.whole("employee_id"))
        if username not in there:
            user = User(username=username, name=f"{row.text('first_name')} {row.text('last_name')}", is_active=False)
            user.set_unusable_password()
            fresh.append(user)
    insert_rows(User, fresh)
    return len(fresh)


def _categories(files: Northwind, company: Company) -> int:
    return _create_missing(
        CategoryResource,
        "code",
        [{"code": f"NW-{r.text('category_name').upper().replace('/', '-')}", "name": r.text("category_name")} for r in files.categories],
    )


def _products(files: Northwind, company: Company) -> int:
    categories = {
        r.values["category_id"]: Category.objects.get(code=f"NW-{r.text('category_name').upper().replace('/', '-')}").pk
        for r in files.categories
    }
    return _create_missing(
        ProductResource,
        "sku",
        [
            {
                "sku": _sku(p.key),
                "name": p.row.text("product_name"),
                "description": p.row.text("quantity_per_unit"),
                "category": categories[p.row.values["category_id"]],
                "unit": "H87",
                "sale_price": p.price,
                "currency": company.currency_id,
            }
            for p in files.products
        ],
    )


def _parties(files: Northwind, company: Company) -> int:
    given = [_party(r, _customer(r.values["customer_id"]), is_customer=True) for r in files.customers]
    given += [_party(r, _supplier(r.values["supplier_id"]), is_vendor=True) for r in files.suppliers]
    given += [
        {
            "code": f"NW-SHIPPER-{r.values['shipper_id']}",
            "name": r.text("company_name"),
            "country": "US",
            "is_vendor": True,
            **_numbers({"phone": r.text("phone")}, "US"),
        }
        for r in files.shippers
    ]
    return _create_missing(PartyResource, "code", given)


def _party(row: Row, code: str, **roles: bool) -> dict[str, Any]:
    country = row.country("country")
    address = {
        "kind": "billing",
        "street": row.text("address"),
        "postal_code": row.text("postal_code"),
        "city": row.text("city"),
        "region": row.text("region"),
        "country": country,
    }
    values = {"code": code, "name": row.text("company_name"), "country": country, "city": row.text("city"), "addresses": [address], **roles}
    pages = [part for part in row.values.get("homepage", "").split("#") if part.startswith("http")]
    return {
        **values,
        **_numbers({"phone": row.text("phone"), "fax": row.text("fax")}, country),
        **({"website": pages[0]} if pages else {}),
    }


def _numbers(given: Mapping[str, str], country: str) -> dict[str, Any]:
    """A telephone number that is possible today becomes the party's; every other is kept as it was written."""
    values: dict[str, Any] = {"contact_points": []}
    for name, text in given.items():
        if not text:
            continue
        number, problem = phone_number(text, country)
        if name == "phone" and not problem:
            values["phone"] = number
        else:
            label = name if not problem else f"{name}, not verified"
            values["contact_points"].append({"kind": "other", "value": f"{name} {text}", "label": label})
    return values


def _people(files: Northwind, company: Company) -> int:
    """The contact of each customer and supplier, as a person who works there."""
    rows = [(r, _customer(r.values["customer_id"])) for r in files.customers] + [
        (r, _supplier(r.values["supplier_id"])) for r in files.suppliers
    ]
    added = _create_missing(
        PartyResource,
        "code",
        [
            {"code": f"{code}-CONTACT", "name": r.text("contact_name"), "kind": "person", "country": r.country("country")}
            for r, code in rows
            if r.text("contact_name")
        ],
    )
    keys = dict(Party.objects.filter(code__startswith="NW-").values_list("code", "pk"))
    there = set(Relationship.objects.filter(person__in=keys.values()).values_list("person_id", flat=True))
    fresh = [
        {"person": keys[f"{code}-CONTACT"], "organisation": keys[code], "role": r.text("contact_title")}
        for r, code in rows
        if keys.get(f"{code}-CONTACT", 0) not in there and f"{code}-CONTACT" in keys
    ]
    if fresh:
        create(ACTOR, RelationshipResource, fresh)
    return added


def _terms(files: Northwind, company: Company) -> int:
    """Net 30 for every customer."""
    term = PaymentTerm.objects.get(code="NET30").pk
    there = set(CustomerTerms.objects.filter(company=company).values_list("party__code", flat=True))
    keys = _party_keys()
    fresh = [_customer(r.values["customer_id"]) for r in files.customers if _customer(r.values["customer_id"]) not in there]
    if fresh:
        create(ACTOR, CustomerTermsResource, [{"company": company.pk, "party": keys[code], "payment_term": term} for code in fresh])
    return len(fresh)


def _opening_stock(files: Northwind, company: Company) -> int:
    """One receipt: what was shipped over all years and what is in stock, at the assumed cost."""
    warehouse = Warehouse.objects.filter(company=company).first()
    if warehouse is None:
        (key,) = create(ACTOR, WarehouseResource, [{"company": company.pk, "code": "NW", "name": "Northwind warehouse"}]).ids
    else:
        key = warehouse.pk
    if GoodsReceipt.objects.filter(company=company).exists():
        return 0
    shipped: dict[int, int] = defaultdict(int)
    for line in (line for o in files.shipped for line in o.lines):
        shipped[line.product] += line.quantity
    products = dict(Product.objects.filter(sku__startswith="NW-").values_list("sku", "pk"))
    lines = [
        {"product": products[_sku(p.key)], "quantity": shipped[p.key] + p.in_stock, "unit_cost": p.cost}
        for p in files.products
        if shipped[p.key] + p.in_stock
    ]
    (receipt,) = create(
        ACTOR,
        GoodsReceiptResource,
        [{"company": company.pk, "kind": "opening", "warehouse": key, "on": OPENING, "memo": "Opening stock", "lines": lines}],
    ).ids
    perform(ACTOR, post_receipt, [receipt])
    return 1


def _orders(files: Northwind, company: Company) -> int:
    there = set(SalesOrder.objects.filter(company=company).values_list("reference", flat=True))
    fresh = [o for o in files.orders if f"{KEY}{o.key}" not in there]
    parties = _party_keys()
    users = dict(User.objects.filter(username__startswith="northwind.").values_list("username", "pk"))
    products = dict(Product.objects.filter(sku__startswith="NW-").values_list("sku", "pk"))
    warehouse = Warehouse.objects.get(company=company).pk
    given = [
        {
            "company": company.pk,
            "customer": parties[_customer(o.customer)],
            "reference": f"{KEY}{o.key}",
            "on": o.ordered,
            "requested_on": o.required,
            "currency": company.currency_id,
            "warehouse": warehouse,
            "reserve_partly": o.shipped is None,
            "salesperson": users[_username(o.employee)],
            "shipping_address": o.ship_to,
            "lines": [
                *(
                    {
                        "product": products[_sku(ln.product)],
                        "quantity": ln.quantity,
                        "unit_price": ln.unit_price,
                        "discount_percent": ln.discount,
                    }
                    for ln in o.lines
                ),
                {"description": FREIGHT, "quantity": 1, "unit_price": o.freight},
            ],
        }
        for o in fresh
    ]
    if given:
        create(ACTOR, OrderResource, given)
    return len(given)


def _confirmed(files: Northwind, company: Company) -> int:
    """Confirm and reserve: first what was shipped, whose stock is certain, then the open ones with what is left, in order number."""
    drafts = _keys(SalesOrder.objects.filter(company=company, state="draft"))
    count = 0
    for group in (files.shipped, [o for o in files.orders if not o.shipped]):
        for day, keys in _by_day((o.ordered, drafts.get(o.key)) for o in group):
            perform(ACTOR, confirm, keys, {"on": day})
            count += len(keys)
    return count


def _deliveries(files: Northwind, company: Company) -> int:
    gone = set(GoodsIssue.objects.filter(company=company).values_list("source_id", flat=True))
    orders = _keys(SalesOrder.objects.filter(company=company, state="confirmed").exclude(pk__in=gone))
    carriers = {r.whole("shipper_id"): r.text("company_name") for r in files.shippers}
    count = 0
    groups: dict[tuple[date, int], list[int]] = defaultdict(list)
    for o in files.shipped:
        if o.key in orders and o.shipped:
            groups[o.shipped, o.carrier].append(orders[o.key])
    for (day, carrier), keys in sorted(groups.items()):
        perform(ACTOR, deliver, keys, {"on": day, "carrier": carriers[carrier]})
        count += len(keys)
    return count


def _invoices(files: Northwind, company: Company) -> int:
    """Invoice what was shipped, on the day it was; freight goes to its own account."""
    billed = set(Invoice.objects.filter(company=company).values_list("source_id", flat=True))
    orders = _keys(SalesOrder.objects.filter(company=company, state="confirmed").exclude(pk__in=billed))
    made: list[int] = []
    for day, keys in _by_day((o.shipped, orders.get(o.key)) for o in files.shipped):
        made += perform(ACTOR, invoice, keys, {"on": day}).made["invoices"]
    if made:
        freight = Account.objects.get(company=company, purpose="freight_revenue").pk
        lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for line in InvoiceLine.objects.filter(invoice__in=made).order_by("invoice_id", "position"):
            lines[line.invoice_id].append({"id": line.pk, **({} if line.product_id else {"account": freight})})
        versions = dict(Invoice.objects.filter(pk__in=made).values_list("pk", "version"))
        edit(ACTOR, InvoiceResource, {key: {"version": versions[key], "lines": lines[key]} for key in made})
        perform(ACTOR, post_invoices, made)
    return len(made)


def _payments(files: Northwind, company: Company) -> int:
    """Every invoice is paid in full on its due date, into the bank."""
    items = {
        item.entry_id: item for item in OpenItem.objects.filter(company=company, control="receivable", closed_on__isnull=True, amount__gt=0)
    }
    given = [
        {
            "company": company.pk,
            "party": i.customer_id,
            "on": i.on + timedelta(days=CREDIT_DAYS),
            "currency": i.currency_id,
            "amount": i.gross,
            "reference": f"{i.reference}/payment",
            "allocations": [{"item": items[i.entry_id].pk, "amount": i.gross}],
        }
        for i in Invoice.objects.filter(company=company, state="posted").order_by("due_on", "pk")
        if i.entry_id in items
    ]
    waiting = list(Payment.objects.filter(company=company, state="draft").values_list("pk", flat=True))
    if given and not waiting:
        waiting = create(ACTOR, PaymentResource, given).ids
    if waiting:
        perform(ACTOR, post_payments, waiting)
    return len(waiting)


def _discontinued(files: Northwind, company: Company) -> int:
    gone = [_sku(p.key) for p in files.products if p.discontinued]
    active = dict(Product.objects.filter(sku__in=gone, is_active=True).values_list("pk", "version"))
    if active:
        edit(ACTOR, ProductResource, {key: {"version": version, "is_active": False} for key, version in active.items()})
    return len(active)


STEPS: dict[str, Callable[[Northwind, Company], int]] = {
    "employees": _employees,
    "categories": _categories,
    "products": _products,
    "customers, suppliers and shippers": _parties,
    "contacts": _people,
    "payment terms": _terms,
    "opening stock": _opening_stock,
    "orders": _orders,
    "confirmed orders": _confirmed,
    "deliveries": _deliveries,
    "invoices": _invoices,
    "payments": _payments,
    "discontinued products": _discontinued,
}


def _create_missing(resource: Any, natural: str, given: Sequence[Mapping[str, Any]]) -> int:
    wanted = {g[natural]: g for g in given}
    there = set(resource.model.objects.filter(**{f"{natural}__in": list(wanted)}).values_list(natural, flat=True))
    fresh = [g for key, g in wanted.items() if key not in there]
    if fresh:
        create(ACTOR, resource, fresh)
    return len(fresh)


def _keys(orders: Any) -> dict[int, int]:
    """Key of the order in the files -> key of the sales order."""
    found = orders.filter(reference__startswith=KEY).values_list("reference", "pk")
    return {int(reference.removeprefix(KEY)): pk for reference, pk in found}


def _by_day(pairs: Iterable[tuple[date | None, int | None]]) -> list[tuple[date, list[int]]]:
    groups: dict[date, list[int]] = defaultdict(list)
    for day, key in pairs:
        if day is not None and key is not None:
            groups[day].append(key)
    return sorted(groups.items())


def _party_keys() -> dict[str, int]:
    return dict(Party.objects.filter(code__startswith="NW-").values_list("code", "pk"))


def _customer(key: str) -> str:
    return f"NW-{key}"


def _supplier(key: str) -> str:
    return f"NW-SUPPLIER-{key}"


def _sku(product: int) -> str:
    return f"NW-{product:02d}"


def _username(employee: int) -> str:
    return f"northwind.{employee}"


__all__ = ["ACTOR", "CODE", "Imported", "bring_in"]
