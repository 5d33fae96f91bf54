"""Completing quotes and orders while they are drafts: currency, prices with their reasons, tax, totals, promises. For a whole set at once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fondaco.finance.invoicing.assessing import arrivals_of, assess_lines, terms_of_customers
from fondaco.finance.invoicing.printing import country_name
from fondaco.finance.tax.assessing import Assessment
from fondaco.finance.tax.queries import tax_tables
from fondaco.frontoffice.sales.blankets import Agreed, agreed_prices
from fondaco.frontoffice.sales.configured import configured_prices
from fondaco.frontoffice.sales.discounting import give_discounts, not_entered
from fondaco.frontoffice.sales.making import make_drafts
from fondaco.frontoffice.sales.models import Quote
from fondaco.frontoffice.sales.promising import promise_drafts
from fondaco.frontoffice.sales.recurring import by_period, refuse_to_recur, sums
from fondaco.frontoffice.sales.refusals import NoPrice
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.queries import PRICE_DECIMALS, PriceAnswer, PriceRequest, prices
from fondaco.masterdata.companies.queries import companies_of, decimals_of
from fondaco.masterdata.parties.models import Address
from fondaco.operations.inventory.weighing import weigh_pieces
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

HUNDRED = Decimal(100)
#: How long an offer stands when nobody says otherwise.
VALID_DAYS = 30


def complete(drafts: Sequence[Draft]) -> None:
    """Fill in what drafts leave open, price their lines (PR-01), discount them (PR-02) and compute totals by the invoice's own arithmetic (PR-10), promise (OM-03).

    Statements do not grow with the drafts. A price or discount somebody entered stays; the answer of lists and rules is kept beside it.
    """
    rows = [d.row for d in drafts]
    companies = companies_of({r.company_id for r in rows})
    parties = related(rows, "customer")
    products = related((ln for d in drafts for ln in d.lines), "product")
    refuse_to_recur(drafts, products)
    weigh_pieces(drafts, products)
    addresses = _addresses({r.customer_id: parties[r.customer_id].language for r in rows if not r.shipping_address})
    terms = terms_of_customers(parties, companies)
    for row in rows:
        company, party = companies[row.company_id], parties[row.customer_id]
        row.currency_id = row.currency_id or party.currency_id or company.currency_id
        row.salesperson_id = row.salesperson_id or party.salesperson_id
        row.payment_term_id = row.payment_term_id or terms.get((row.company_id, row.customer_id))
        row.shipping_address = row.shipping_address or addresses.get(row.customer_id, "")
        if isinstance(row, Quote):
            row.valid_until = row.valid_until or row.on + timedelta(days=VALID_DAYS)
    tables = tax_tables(companies.values(), parties=parties.values())
    decimals = decimals_of({r.currency_id for r in rows})
    called_off = agreed_prices(drafts)
    listed = _listed_prices(drafts)
    steps = configured_prices(drafts, listed, companies, parties, products, decimals)
    arrival = arrivals_of(parties)
    open_, kept = not_entered(drafts), set()

    def assess(row: Any, lines: Sequence[Any]) -> Assessment:
        company = companies[row.company_id]
        asked = (company, parties[row.customer_id], products, tables[company.pk], decimals[row.currency_id])
        return assess_lines(row, lines, *asked, ship_to=arrival.get(row.customer_id, ""))

    for d in drafts:
        agreed = _keep_agreed(d)
        turned = _set_prices(d, listed, called_off, products, agreed)
        for line in d.lines:
            if id(line) in steps and id(line) not in agreed:
                line.price_explanation |= {"steps": steps[id(line)]}
        if turned or d.row.prices_include_tax:  # the rate of each line must be known first
            assess(d.row, d.lines)
        for line in turned:
            line.unit_price = _turned(line.unit_price, line.tax_rate, included=d.row.prices_include_tax)
            line.price_explanation["price"] = figure(line.unit_price)
        kept |= agreed
    give_discounts(drafts, open_, kept, companies, products)
    for d in drafts:
        # Each part is invoiced by itself, and rounded by itself: so its invoice is what the quote said, to the cent.
        parts = [assess(d.row, lines) for lines in by_period(d.lines)]
        d.row.net, d.row.tax, d.row.gross = (sum((getattr(p, of) for p in parts), ZERO) for of in ("net", "tax", "gross"))
        if isinstance(d.row, Quote):
            d.row.monthly, d.row.term_value = sums(d.lines, d.row.term_months, decimals[d.row.currency_id])
    make_drafts(drafts)
    promise_drafts(drafts, products)


def _addresses(languages: Mapping[int, str]) -> dict[int, str]:
    """Where goods for each party go: the first delivery address, else the first of any kind; in the party's language."""
    found: dict[int, tuple[bool, str]] = {}
    for address in Address.objects.filter(party__in=list(languages)).select_related("country").order_by("party_id", "position", "id"):
        delivery = address.kind == "delivery"
        if address.party_id not in found or (delivery and not found[address.party_id][0]):
            place = f"{address.postal_code} {address.city}".strip()
            parts = (address.street, place, address.region, country_name(address.country, languages[address.party_id]))
            found[address.party_id] = (delivery, "\n".join(p for p in parts if p))
    return {party: text for party, (_delivery, text) in found.items()}


def _listed_prices(drafts: Sequence[Draft]) -> dict[int, PriceAnswer]:
    """What the price lists say for each line with a product, by ``id()`` of the line."""
    lines = [(d.row, ln) for d in drafts for ln in d.lines if ln.product_id]
    requests = [
        PriceRequest(row.company_id, ln.product_id, row.customer_id, ln.quantity, row.currency_id, row.on, row.channel_id)
        for row, ln in lines
    ]
    return {id(ln): answer for (_row, ln), answer in zip(lines, prices(requests), strict=True)}


def _keep_agreed(draft: Draft) -> set[int]:
    """The lines, by ``id()``, of an order in force whose price nobody changed: what was agreed stays, its tax code too, whatever the lists
    say by now."""
    if draft.row.state not in draft.row.amendable_states:
        return set()
    kept = set()
    for line in draft.lines:
        stored = getattr(line, "stored", None)
        if stored and line.product_id == stored["product_id"] and line.blanket_line_id == stored["blanket_line_id"]:
            line.given |= {"tax_code"}
            if line.unit_price == stored["unit_price"]:
                kept.add(id(line))
    return kept


def _set_prices(
    draft: Draft, listed: dict[int, PriceAnswer], called_off: dict[int, Agreed], products: dict[int, Product], agreed: set[int]
) -> list[Any]:
    """Give each line its price and the reason; the lines whose price must still be turned to net or gross.

    What was agreed in a blanket order goes before the lists.
    """
    turned = []
    for line in draft.lines:
        if id(line) in agreed:
            continue
        answer, blanket = listed.get(id(line)), called_off.get(id(line))
        if blanket is not None:
            if _set_agreed(line, blanket) and draft.row.prices_include_tax:
                turned.append(line)
        elif answer is None:
            line.price_explanation = {}
        elif _follows(line, "list") or _follows(line, "blanket"):
            if answer.price is None:
                raise NoPrice(line=line.position, product=products[line.product_id], currency=draft.row.currency_id, on=draft.row.on)
            line.unit_price = answer.price
            line.price_explanation = _explained(answer, "list")
            if answer.includes_tax != draft.row.prices_include_tax:
                turned.append(line)
        else:
            line.price_explanation = _explained(answer, "hand")
    return turned


def _set_agreed(line: Any, blanket: Agreed) -> bool:
    """Give a call-off the price of its blanket order, unless another was entered; whether it has it."""
    follows = _follows(line, "blanket") or _follows(line, "list")
    if follows:
        line.unit_price = blanket.price
    has_it = bool(line.unit_price == blanket.price)
    sentence = blanket.sentence
    if not has_it:
        sentence = _("Entered by hand. {rule}").format(rule=f"{sentence}: {figure(blanket.price)}")
    line.price_explanation = {"source": "blanket" if has_it else "hand", "price": figure(blanket.price), "sentence": sentence, "rules": []}
    return follows


def _follows(line: Any, source: str) -> bool:
    """Whether the line takes the price of its source: none was entered, or what came back is the one that was shown."""
    before = line.price_explanation or {}
    return line.unit_price is None or (before.get("source") == source and before.get("price") == figure(line.unit_price))


def _explained(answer: PriceAnswer, source: str) -> dict[str, Any]:
    listed = "" if answer.price is None else figure(answer.price)
    sentence = answer.explanation if source == "list" else _("Entered by hand. {rule}").format(rule=answer.explanation)
    return {
        "source": source,
        "price": listed,
        "sentence": sentence,
        "rules": [
            {
                "rule": c.rule,
                "won": c.won and source == "list",
                "price": "" if c.price is None else figure(c.price),
                "why": c.reason,
            }
            for c in answer.considered
        ],
    }


def _turned(price: Decimal, tax_rate: Decimal, *, included: bool) -> Decimal:
    """A net price with its tax added (``included``), or a gross one without it."""
    factor = HUNDRED + tax_rate
    return rounded(price * factor / HUNDRED if included else price * HUNDRED / factor, PRICE_DECIMALS)
