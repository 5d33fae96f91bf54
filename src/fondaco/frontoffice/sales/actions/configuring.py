"""A configured product goes onto a line of a quote or an order that is being written (PR-04)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.configurator.actions import Choices, keep
from fondaco.frontoffice.configurator.models import ProductModel
from fondaco.frontoffice.configurator.refusals import NotConfigurable
from fondaco.frontoffice.sales.completing import complete
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.sales.refusals import NoSuchLine
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.resources.declare import Draft

Pieces = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
WRITTEN = (
    "position", "product", "configuration", "description", "quantity", "unit_price", "discount_percent", "tax_code", "tax_rate",
    "tax_explanation", "price_explanation", "net", "tax", "promised_on", "promise_explanation", "made_of",
)  # fmt: skip


@action(
    Quote,
    moves={"draft": "draft"},
    permission="sales.write_quote",
    name="configure_quote",
    title=_("Configure a product"),
    done=_("Configured"),
    hidden=True,
)
def configure_quote(
    quotes: DocumentSet[Quote], *, product: int, choices: Choices, quantity: Pieces = Decimal(1), line: int | None = None
) -> None:
    """Put a configured product on draft quotes: on a new line, or on the ``line`` (by its key) that had it before.

    ``choices`` names the value of each attribute; the price follows from them, as everywhere.
    """
    _put(quotes, QuoteLine, product, choices, quantity, line)


@action(
    Order,
    moves={"draft": "draft"},
    permission="sales.write_order",
    name="configure_order",
    title=_("Configure a product"),
    done=_("Configured"),
    hidden=True,
)
def configure_order(
    orders: DocumentSet[Order], *, product: int, choices: Choices, quantity: Pieces = Decimal(1), line: int | None = None
) -> None:
    """Put a configured product on draft orders: on a new line, or on the ``line`` (by its key) that had it before.

    ``choices`` names the value of each attribute; the price follows from them, as everywhere.
    """
    _put(orders, OrderLine, product, choices, quantity, line)


def _put(
    documents: DocumentSet[Any], model: type[Any], product: int, choices: Mapping[str, str], quantity: Decimal, key: int | None
) -> None:
    """Statements do not grow with the documents."""
    found = Product.objects.filter(pk=product, is_active=True).first()
    if found is None:
        raise NotFound(what=f"{Product._meta.verbose_name} {product}")
    released = ProductModel.objects.filter(product=found, state="released").first()
    if released is None:
        raise NotConfigurable(product=found)
    (configuration,) = keep([(released, choices)])
    lines: dict[int, list[Any]] = lines_of(model, documents.ids)
    parent = (model is QuoteLine and "quote") or "order"
    drafts, fresh = [], []
    for document in documents:
        own = lines[document.pk]
        put = next((ln for ln in own if ln.pk == key), None)
        if key is not None and put is None:
            raise NoSuchLine(line=key, document=document)
        if put is None:
            put = model(**{parent: document}, position=max((ln.position for ln in own), default=0) + 1)
            own.append(put)
            fresh.append(put)
        put.product, put.configuration, put.quantity = found, configuration, quantity
        put.description, put.unit_price, put.price_explanation, put.tax_code = "", None, {}, None
        for line in own:
            line.given = frozenset()
        drafts.append(Draft(document, own))
    complete(drafts)
    stored = [ln for d in drafts for ln in d.lines if ln.pk is not None]
    attributes = {n: model._meta.get_field(n).attname for n in WRITTEN}
    update_rows(model, {"id": [ln.pk for ln in stored], **{n: [getattr(ln, a) for ln in stored] for n, a in attributes.items()}})
    insert_rows(model, fresh)
    documents.save("net", "tax", "gross")
    documents.made["lines"] = [ln.pk for ln in fresh]
