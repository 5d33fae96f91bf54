"""Quotes and orders as approvers judge them (PR-07): by margin, discounts and credit, bound to what they say to the last digit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Value
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.judging import Figures, cures, cut_to, figures_of
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.sales.refusals import OfferWithdrawn
from fondaco.masterdata.approvals import asking
from fondaco.masterdata.approvals.conditions import written
from fondaco.masterdata.approvals.kinds import Kind, Subject, kind
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalRequest
from fondaco.masterdata.approvals.queries import askable, countered, is_asked, latest, needed
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit.models import Change
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import RESOURCES, Draft, Wrong
from fondaco.platform.resources.writing import edit

#: What policies of quotes and orders may ask.
JUDGES = frozenset({"margin_under", "discount_over", "line_discount_over", "over_limit_by", "group_id", "new_customer", "terms_over"})
#: What is seen with a right only.
HIDDEN = {"margin": "sales.see_margin"}
#: Who tries a counter-proposal out.
TRIES = Actor.program("sales.counter")


def _subject(row: Any, found: Figures, authors: Iterable[str], content: str) -> Subject:
    return Subject(
        pk=row.pk,
        company=row.company_id,
        # A draft says what it is by itself.
        title=f"{capfirst(f'{row._meta.verbose_name} {row}' if row.number else str(row))} – {row.customer.name}",
        amount=found.gross,
        # Quotes for the same customer stand beside each other, and are not added up.
        together=found.gross,
        party=row.customer_id,
        authors=frozenset(filter(None, authors)),
        content={"terms": content},
        figures=found.compared(),
    )


def _subjects(model: type[Any], line_model: type[Any], keys: Sequence[int]) -> list[Subject]:
    rows = list(model.objects.filter(pk__in=list(keys)).select_related("company", "customer", "salesperson").order_by("pk"))
    lines = lines_of(line_model, [r.pk for r in rows])
    hands: dict[int, set[str]] = defaultdict(set)
    for key, name in Change.objects.filter(table_name=model._meta.db_table, row_id__in=[r.pk for r in rows]).values_list("row_id", "actor"):
        hands[key].add(name)
    owner = {ln.pk: pk for pk, own in lines.items() for ln in own}
    for key, name in Change.objects.filter(table_name=line_model._meta.db_table, row_id__in=list(owner)).values_list("row_id", "actor"):
        hands[owner[key]].add(name)
    prints = fingerprints(model, [r.pk for r in rows])
    figures = figures_of([(r, lines[r.pk]) for r in rows])
    return [
        _subject(
            r,
            f,
            [r.created_by, r.salesperson.username if r.salesperson else "", *hands[r.pk], *(ln.created_by for ln in lines[r.pk])],
            prints[r.pk],
        )
        for r, f in zip(rows, figures, strict=True)
    ]


def fingerprints(model: type[Any], keys: Sequence[int]) -> dict[int, str]:
    """What each document is, as the database reads it: the one definition of what an approval binds to. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("select k, approvals_fingerprint(%s, k) from unnest(%s::bigint[]) k", [model._meta.db_table, list(keys)])
        return dict(cursor.fetchall())


def quote_subjects(keys: Sequence[int]) -> list[Subject]:
    """Quotes as approvers judge them; constant statements."""
    return _subjects(Quote, QuoteLine, keys)


def order_subjects(keys: Sequence[int]) -> list[Subject]:
    """Orders as approvers judge them: those that say what an accepted quote said are agreed already, and left out."""
    with connection.cursor() as cursor:
        cursor.execute("select k from unnest(%s::bigint[]) k where not sales_order_as_quoted(k)", [list(keys)])
        own = [key for (key,) in cursor.fetchall()]
    return _subjects(Order, OrderLine, own) if own else []


class _Tried(Exception):
    """Ends the trial of a counter-proposal: nothing of it stays."""


def _countered(model: type[Any], line_model: type[Any], resource: str, cuts: Mapping[int, Decimal]) -> dict[int, tuple[str, str]]:
    """What documents would be with their discounts cut: they are cut, read, and left as they were."""
    found: dict[int, str] = {}
    try:
        with transaction.atomic():
            cut(TRIES, model, line_model, resource, cuts)
            found = fingerprints(model, list(cuts))
            raise _Tried
    except _Tried:
        pass
    content = {pk: Subject(pk, 0, "", ZERO, ZERO, None, frozenset(), {"terms": said}).content_hash for pk, said in found.items()}
    return {pk: (content[pk], said) for pk, said in found.items()}


def cut(actor: Actor, model: type[Any], line_model: type[Any], resource: str, cuts: Mapping[int, Decimal]) -> None:
    """Bring the lines of drafts to at most so many percent below the lists, each document to its own."""
    lines = lines_of(line_model, list(cuts))
    changes = {
        pk: {"lines": [{"id": ln.pk, **_stays(line_model, ln), **cut_to(ln, at_most)} for ln in lines[pk]]} for pk, at_most in cuts.items()
    }
    edit(actor, RESOURCES[resource], changes)


def _stays(line_model: type[Any], line: Any) -> dict[str, Any]:
    """What a price or a discount that stands keeps: nobody asks lists and rules anew."""
    return {"quantity": line.quantity, "unit_price": line.unit_price, "discount_percent": line.discount_percent}


def _countered_quotes(cuts: Mapping[int, Decimal]) -> dict[int, tuple[str, str]]:
    return _countered(Quote, QuoteLine, "quotes", cuts)


def _countered_orders(cuts: Mapping[int, Decimal]) -> dict[int, tuple[str, str]]:
    return _countered(Order, OrderLine, "orders", cuts)


QUOTES = kind(
    "sales.quote",
    title=_("Quotes"),
    model=Quote,
    permission="sales.approve_quote",
    subjects=quote_subjects,
    judges=JUDGES,
    hidden=HIDDEN,
    countered=_countered_quotes,
)
ORDERS = kind(
    "sales.order",
    title=_("Orders"),
    model=Order,
    permission="sales.approve_quote",
    subjects=order_subjects,
    judges=JUDGES,
    hidden=HIDDEN,
    countered=_countered_orders,
)
ASKABLE_QUOTES = askable(QUOTES.key, Quote._meta.db_table, entered=["draft"], judged=True)
_WAITING = Exists(ApprovalRequest.objects.filter(table_name=Order._meta.db_table, row_id=OuterRef("pk"), state=ApprovalRequest.WAITING))
#: Of an order in force, that it was amended to what is not approved.
UNAPPROVED = Q(state="confirmed") & Q(Func(F("pk"), function="sales_unapproved", output_field=BooleanField()))
ASKABLE_ORDERS = askable(ORDERS.key, Order._meta.db_table, entered=["draft", "held"], judged=True) | (UNAPPROVED & ~Q(_WAITING))


def countered_by(table: str) -> Q:
    """Drafts that were approved with less discount than they have: the counter-proposal waits to be taken over."""
    decisions = ApprovalDecision.objects.filter(
        request__table_name=table, request__row_id=OuterRef("pk"), request__state=ApprovalRequest.APPROVED, at_most__isnull=False
    )
    given = Func(Value(table), F("pk"), function="approvals_given", output_field=BooleanField())
    return Q(Exists(decisions)) & ~Q(given)


def refuse_withdrawn(quotes: Sequence[Quote]) -> None:
    """Refuse to go on with offers whose approval does not stand any more, or was for something else. Raises OfferWithdrawn. Three statements."""
    found = latest(Quote._meta.db_table, [q.pk for q in quotes])
    if not found:
        return
    prints = fingerprints(Quote, list(found))
    counters = countered(found.values())
    gone = [
        q
        for q in quotes
        if (r := found.get(q.pk)) is not None
        and (
            r.state != ApprovalRequest.APPROVED
            or prints[q.pk] != (counters[r.pk].counter_fingerprint if r.pk in counters else r.fingerprint)
        )
    ]
    if gone:
        raise OfferWithdrawn(document=", ".join(map(str, gone)), company=gone[0].company.name, rows=rows_json(gone))


def counters_of(model: type[Any], keys: Sequence[int]) -> dict[int, Decimal]:
    """The counter-proposals that wait to be taken over, by key of the document: discounts of at most so many percent."""
    found = {pk: r for pk, r in latest(model._meta.db_table, keys).items() if r.state == ApprovalRequest.APPROVED}
    counters = countered(found.values())
    prints = fingerprints(model, list(found))
    return {
        pk: counters[r.pk].at_most or ZERO
        for pk, r in found.items()
        if r.pk in counters and prints[pk] != counters[r.pk].counter_fingerprint
    }


def _kind_of(row: Any) -> Kind:
    return QUOTES if isinstance(row, Quote) else ORDERS


def foretold(draft: Draft, actor: Actor) -> list[str]:
    """What a quote or an order would want if it were carried on as it is typed: whose approval and why, and the smallest changes that avoid it.
    What it says of margins is for those who see them."""
    row = draft.row
    kind_ = _kind_of(row)
    if not draft.lines or row.state not in ("draft", "held") or not is_asked(kind_):
        return []
    (found,) = figures_of([(row, draft.lines)])
    subject = _subject(row, found, (), "")
    need = needed(kind_, [subject]).get(row.pk)
    if need is None:
        return []
    hidden = asking.hidden_from(kind_, actor, row.company_id)
    company = Company.objects.get(pk=row.company_id)
    roles = ", ".join(str(s.role.called()) for s in need.steps)
    reason = asking.why(need, subject, company, hidden=hidden, language=get_language() or "")
    said = [_now("Needs {role}: {why}.").format(role=roles, why=reason)]

    def strictest(name: str, choose: Any) -> Decimal | None:
        asked = [v for p in need.policies if (v := getattr(p, name)) is not None]
        return choose(asked) if asked else None

    margin = None if "margin" in hidden else strictest("margin_under", max)
    found_cures = cures(found, margin=margin, discount=strictest("discount_over", min), deepest=strictest("line_discount_over", min))
    for cure in found_cures:
        if cure.line is None:
            sentence = _now("A discount on the whole of at most {percent}% (now {now}%) would do.")
            said.append(sentence.format(percent=written(cure.percent), now=written(cure.now)))
        else:
            line = draft.lines[cure.line]
            sentence = _now("Line {line}, {product}: a discount of at most {percent}% (now {now}%) would do.")
            named = line.product or line.description
            said.append(sentence.format(line=cure.line + 1, product=named, percent=written(cure.percent), now=written(cure.now)))
    days = strictest("terms_over", min)
    if days is not None and found.later_days > days:
        said.append(_now("Payment at most {days} days later than agreed with the customer would do.").format(days=days))
    return said


def standing(row_kind: Kind, pk: int, actor: Actor) -> list[Wrong]:
    """How approval of a quote or an order that is not carried on yet stands, for the head of its page."""
    if not is_asked(row_kind) or (row_kind is ORDERS and not order_subjects([pk])):
        return []
    return asking.wrong(row_kind, pk, actor=actor)


def is_offer(quote: Quote) -> bool:
    """Whether a draft may be handed out as an offer: no approval is wanted, or it has it as it stands."""
    return quote.state != "draft" or not asking.wrong(QUOTES, quote.pk)


__all__ = [
    "ASKABLE_ORDERS",
    "ASKABLE_QUOTES",
    "ORDERS",
    "QUOTES",
    "UNAPPROVED",
    "countered_by",
    "counters_of",
    "cut",
    "fingerprints",
    "foretold",
    "is_offer",
    "refuse_withdrawn",
    "standing",
]
