"""The promise of a line and its reason in words (OM-03): while it is entered, as it is kept with the order, and as it stands later."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from fondaco.frontoffice.sales.making import made_promises
from fondaco.frontoffice.sales.models import Order, OrderLine, PromiseOutlook, Quote
from fondaco.frontoffice.sales.queries import DEMAND, measured_lines, to_deliver
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.supply.promising import Ask, promise
from fondaco.operations.supply.saying import sentences_of
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.resources.declare import Draft


def promise_drafts(drafts: Sequence[Draft], products: dict[int, Product]) -> None:
    """Promise the lines of goods of quotes and orders that are being written; what was agreed and is not changed keeps its promise.

    Statements do not grow with drafts or lines; none where no line asks.
    """
    asking = []
    for draft in drafts:
        for line in draft.lines:
            product = products.get(line.product_id)
            if product is None or product.kind != "goods":
                line.promised_on, line.promise_explanation = None, ""
            elif draft.row.state in draft.row.editable_states or not _is_kept(line):
                asking.append((draft.row, line))
    _promise([(row, line, line.quantity) for row, line in asking])


def _is_kept(line: Any) -> bool:
    stored = getattr(line, "stored", None)
    return (
        bool(stored)
        and stored["promised_on"] is not None
        and (line.product_id, line.quantity) == (stored["product_id"], stored["quantity"])
    )


def promise_orders(orders: Sequence[Order], lines: dict[int, list[Any]], goods: Collection[int]) -> None:
    """Promise the lines of orders that are about to be confirmed, before anything is reserved; those first that take all or nothing."""
    asking = [(o, ln, ln.quantity) for partly in (False, True) for o in orders if o.reserve_partly is partly for ln in lines[o.pk] if ln.product_id in goods]  # fmt: skip
    _promise(asking)
    written = [ln for _o, ln, _q in asking]
    update_rows(
        OrderLine,
        {"id": [ln.pk for ln in written], "promised_on": [ln.promised_on for ln in written], "promise_explanation": [ln.promise_explanation for ln in written]},
    )  # fmt: skip


def _promise(asking: Sequence[tuple[Order | Quote, Any, Any]]) -> None:
    today = timezone.localdate()
    asks = [
        Ask(
            row.company_id,
            ln.product_id,
            getattr(row, "warehouse_id", None),
            q,
            (DEMAND, ln.pk) if isinstance(row, Order) and ln.pk else None,
            bought=_is_its_own(ln),
        )
        for row, ln, q in asking
    ]
    for (row, line, _q), (on, sentence, days) in zip(asking, _answers(asks, [ln for _row, ln, _q in asking], today), strict=True):
        asked_for = getattr(row, "requested_on", None)
        line.promised_on = max(on, asked_for) if on and asked_for else on
        line.promise_explanation = sentence
        if line.made_of:
            line.made_of = line.made_of | {"lead_days": days}


def _is_its_own(line: Any) -> bool:
    """Whether a line takes nothing of its product from stock: it is bought for its order, or made as it was chosen."""
    return bool(getattr(line, "is_bought", False) or line.made_of)


def _answers(asks: Sequence[Ask], lines: Sequence[Any], today: date) -> list[tuple[date | None, str, int | None]]:
    """The day of each line and why then; of what is made also the days until it is ready."""
    answers = promise(asks, today)
    made = made_promises(asks, lines, answers, today)
    said = sentences_of(answers)
    return [made.get(n) or (answer.on, sentence, None) for n, (answer, sentence) in enumerate(zip(answers, said, strict=True))]


def review(orders: Sequence[Order]) -> list[Order]:
    """See how the promises of confirmed orders stand; the orders of which one broke that held until now. Statements: constant."""
    today = timezone.localdate()
    lines = measured_lines(o.pk for o in orders)
    open_ = [(o, ln) for o in orders if o.state == "confirmed" for ln in lines[o.pk] if ln.promised_on is not None and to_deliver(ln) > 0]
    open_.sort(key=lambda pair: (pair[1].promised_on, pair[1].pk))
    asks = [Ask(o.company_id, ln.product_id, o.warehouse_id, to_deliver(ln), (DEMAND, ln.pk), _is_its_own(ln)) for o, ln in open_]
    answers = _answers(asks, [ln for _o, ln in open_], today)
    stood = {x.line_id: x for x in PromiseOutlook.objects.filter(line__order__in=[o.pk for o in orders])}
    fresh, changed, broken = [], [], {}
    seen = set()
    for (order, line), (on, sentence, _days) in zip(open_, answers, strict=True):
        is_broken = on is None or on > line.promised_on
        row = stood.get(line.pk)
        if is_broken and not (row and row.is_broken):
            broken[order.pk] = order
        seen.add(line.pk)
        since = (row.broken_since if row and row.is_broken else today) if is_broken else None
        values = {"expected_on": on, "explanation": sentence, "is_broken": is_broken, "broken_since": since}
        if row is None:
            fresh.append(PromiseOutlook(line=line, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    for row in stood.values():
        if row.line_id not in seen and row.is_broken:  # delivered meanwhile, or closed
            row.is_broken, row.broken_since = False, None
            changed.append(row)
    insert_rows(PromiseOutlook, fresh)
    names = ("expected_on", "explanation", "is_broken", "broken_since")
    update_rows(PromiseOutlook, {"id": [r.pk for r in changed], **{n: [getattr(r, n) for r in changed] for n in names}})
    return list(broken.values())


def concerned(company_products: Collection[tuple[int, int]]) -> list[Order]:
    """Confirmed orders with a promised line of one of these products still open, in key order; one statement."""
    if not company_products:
        return []
    rows = Order.objects.filter(
        state="confirmed", company__in={c for c, _p in company_products}, lines__product__in={p for _c, p in company_products},
        lines__promised_on__isnull=False,
    )  # fmt: skip
    return list(rows.distinct().order_by("pk"))


__all__ = ["concerned", "promise_drafts", "promise_orders", "review"]
