"""What is done for a customer from his ticket (SV-06): return, replacement, credit note, visit, dispute, each by the verbs of its own room."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.crediting import credit_quantities, credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle
from fondaco.finance.receivables.disputes import Amount, Kind
from fondaco.finance.receivables.disputes import dispute as raise_dispute
from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.crm.models import Activity
from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.crm.resources import ActivityResource
from fondaco.frontoffice.sales.actions.orders import Quantities
from fondaco.frontoffice.sales.actions.returns import Reason, Wanted, ask_return, authorise
from fondaco.frontoffice.sales.actions.returns import replace as replace_returned
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.sales.queries import coming_back, is_goods, measured_lines
from fondaco.frontoffice.service.actions import STAY, Key, Words
from fondaco.frontoffice.service.authority import CONCESSIONS, limits_of, within
from fondaco.frontoffice.service.models import Concession, ConcessionLine, Remedy, Ticket, TicketSource
from fondaco.frontoffice.service.reactions import OfTickets
from fondaco.frontoffice.service.refusals import (
    BeyondAuthority,
    MoreThanThere,
    NamedTwice,
    NoCustomer,
    NoDocumentNamed,
    NotATime,
    NothingToGrant,
)
from fondaco.masterdata.approvals import asking
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.queries import latest, needed
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Address
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action, carry_out, check_states
from fondaco.platform.documents.performing import admitted, parsed, rows_json
from fondaco.platform.money import ZERO, figure, priced, rounded
from fondaco.platform.resources.writing import create

OPEN = {"new": "open", "open": "open", "waiting": "waiting", "solved": "solved"}
OfOrder = Annotated[Key | None, Field(json_schema_extra={"resource": "orders"})]
OfInvoice = Annotated[Key | None, Field(json_schema_extra={"resource": "invoices"})]


# ------------------------------------------------------------------ which document it is about


def _named(tickets: DocumentSet[Ticket], model: type[Model], given: int | None) -> dict[int, int]:
    """The document of a kind that each ticket is about: the one given, else the only one it names; each document for one ticket only."""
    lost = [t for t in tickets if t.party_id is None]
    if lost:
        raise NoCustomer(document=", ".join(map(str, lost[:20])), rows=rows_json(lost))
    if given is not None:
        found = {t.pk: {given} for t in tickets}
    else:
        found = defaultdict(set)
        for ticket, key in TicketSource.objects.filter(ticket__in=tickets.ids, source_table=model._meta.db_table).values_list(
            "ticket_id", "source_id"
        ):
            found[ticket].add(key)
        if model is Invoice:
            lines = TicketSource.objects.filter(ticket__in=tickets.ids, source_table=InvoiceLine._meta.db_table).values_list(
                "ticket_id", "source_id"
            )
            invoices = dict(InvoiceLine.objects.filter(pk__in=[k for _t, k in lines]).values_list("pk", "invoice_id"))
            for ticket, key in lines:
                found[ticket].add(invoices[key])
    named: dict[int, int] = {}
    for t in tickets:
        keys = found.get(t.pk, set())
        if len(keys) != 1:
            raise NoDocumentNamed(what=model._meta.verbose_name, document=t, rows=rows_json([t]), fields={_field(model): _("Choose it.")})
        (named[t.pk],) = keys
    if len(set(named.values())) < len(named):
        twice = next(k for k in named.values() if list(named.values()).count(k) > 1)
        raise NamedTwice(source=f"{model._meta.verbose_name} {twice}", rows=rows_json(tickets.rows))
    return named


def _field(model: type[Model]) -> str:
    return str(model._meta.model_name)


def _remember(kind: str, rows: Sequence[tuple[Ticket, Model, str]]) -> None:
    insert_rows(
        Remedy,
        [Remedy(ticket=t, kind=kind, source_table=row._meta.db_table, source_id=row.pk, label=label) for t, row, label in rows],
    )


def _tell(tickets: Sequence[Ticket], titles: Sequence[str], actor: Actor, body: str = "") -> None:
    rows = [(t, title) for t, title in zip(tickets, titles, strict=True) if t.party_id]
    record([told(t, actor, kind="ticket", title=title, direction="out", channel=actor.channel, body=body) for t, title in rows])


# ------------------------------------------------------------------ return, visit, dispute


@action(Ticket, moves=OPEN, permission="sales.write_return", name="return_goods", title=_("Return"), done=_("Return drafted"))
def return_goods(
    tickets: DocumentSet[Ticket],
    *,
    order: OfOrder = None,
    reason_code: Reason = "defective",
    wanted: Wanted = "refund",
    quantities: Quantities = {},  # noqa: B006  a default for the doors, never changed
    note: Words = "",
) -> None:
    """Draft the paper on which goods of an order may come back, for each ticket that of the order it names: everything that is with the customer, or
    the quantities given by line. It is authorised and settled as any return."""
    named = _named(tickets, Order, order)
    orders = admitted(tickets.actor, ask_return, list(named.values()))
    given = {"reason_code": reason_code, "wanted": wanted, "quantities": quantities, "note": note}
    carry_out(ask_return, orders, parsed(ask_return, given))
    by_order = {k: t for t, k in named.items()}
    rows = ReturnAuthorisation.objects.in_bulk(orders.made["return-authorisations"])
    own = {t.pk: t for t in tickets}
    made = [(own[by_order[o.pk]], rows[key], str(o)) for o, key in zip(orders, orders.made["return-authorisations"], strict=True)]
    _remember(Remedy.RETURN, made)
    tickets.made["return-authorisations"] = [row.pk for _t, row, _l in made]


@action(Ticket, moves=OPEN, permission="crm.write_activity", name="plan_visit", title=_("Plan a visit"), done=_("Visit planned"))
def plan_visit(
    tickets: DocumentSet[Ticket],
    *,
    technician: Annotated[Key, Field(json_schema_extra={"resource": "users"})],
    on: date,
    hour: Annotated[str, Field(max_length=5)] = "09:00",
    place: Annotated[str, Field(max_length=500)] = "",
) -> None:
    """Put a visit to each ticket's customer into a technician's calendar, with the address: the one given, else where goods go, else the customer's own."""
    lost = [t for t in tickets if t.party_id is None]
    if lost:
        raise NoCustomer(document=", ".join(map(str, lost[:20])), rows=rows_json(lost))
    try:
        at = time.fromisoformat(hour if len(hour) == 5 else f"0{hour}")
    except ValueError as error:
        raise NotATime(text=hour, fields={"hour": _("as 14:30")}) from error
    zones = {c.pk: ZoneInfo(c.time_zone) for c in Company.objects.filter(pk__in={t.company_id for t in tickets})}
    places = _places({t.party_id for t in tickets if t.party_id})
    values = [
        {
            "company": t.company_id, "party": t.party_id, "kind": "visit", "subject": f"{t.number}: {t.subject}"[:300], "assignee": technician,
            "due_at": datetime.combine(on, at, zones[t.company_id]), "place": place or places.get(t.party_id or 0, ""),
        }
        for t in tickets
    ]  # fmt: skip
    keys = create(tickets.actor, ActivityResource, values).ids
    rows = Activity.objects.select_related("assignee").in_bulk(keys)
    _remember(
        Remedy.VISIT,
        [(t, rows[key], rows[key].assignee.name) for t, key in zip(tickets, keys, strict=True)],
    )
    tickets.made["activities"] = keys


def _places(parties: set[int]) -> dict[int, str]:
    """Where somebody who visits these parties goes; one statement."""
    found: dict[int, str] = {}
    order = {"billing": 0, "other": 1, "delivery": 2}
    for row in sorted(Address.objects.filter(party__in=parties), key=lambda a: (order[a.kind], -a.position, -a.pk)):
        found[row.party_id] = str(row) or found.get(row.party_id, "")
    return found


@action(
    Ticket, moves=OPEN | {"solved": "open"}, permission="receivables.write_dispute", name="object_to", title=_("Dispute an invoice"), needs_reason=True, done=_("Dispute noted")
)  # fmt: skip
def object_to(
    tickets: DocumentSet[Ticket], *, invoice: OfInvoice = None, line: int | None = None, kind: Kind = "other", amount: Amount | None = None
) -> None:
    """Note that the customer objects to an invoice, or to the line of that number; the reason is what he says. The amount leaves reminders and exposure, and the
    ticket is solved when the dispute is over."""
    named = _named(tickets, Invoice, invoice)
    invoices = admitted(tickets.actor, raise_dispute, list(named.values()), reason=tickets.reason)
    by_invoice = {k: t for t, k in named.items()}
    own = {t.pk: t for t in tickets}
    about = OfTickets(Invoice, invoices.rows, tickets.actor, tickets.reason)
    about.tickets = {i.pk: own[by_invoice[i.pk]] for i in invoices}
    carry_out(raise_dispute, about, parsed(raise_dispute, {"kind": kind, "line": line, "amount": amount}))
    rows = Dispute.objects.filter(pk__in=about.made["disputes"]).order_by("pk")
    _remember(Remedy.DISPUTE, [(about.tickets[d.invoice_id], d, d.number or "") for d in rows])
    tickets.made["disputes"] = about.made["disputes"]
    for t in tickets:
        t.solved_at = None if t.state == "solved" else t.solved_at
    tickets.save_with_state("solved_at")


# ------------------------------------------------------------------ what is granted: credit note, replacement


@action(
    Ticket,
    moves=OPEN,
    permission="service.write_concession",
    name="credit",
    title=_("Credit note"),
    needs_reason=True,
    done=_("Credit proposed"),
)
def credit(
    tickets: DocumentSet[Ticket],
    *,
    invoice: OfInvoice = None,
    quantities: Quantities = {},  # noqa: B006  a default for the doors, never changed
    on: date | None = None,
) -> None:
    """Credit lines of an invoice, for each ticket those of the invoice it names: the quantities given by line, or all that is left.

    What is within your limit of authority is posted at once; beyond it, whoever the approval policies say is asked.
    """
    named = _named(tickets, Invoice, invoice)
    day = on or timezone.localdate()
    invoices = (
        visible(Invoice.objects.all(), tickets.actor, "invoicing.view_invoice")
        .filter(kind=Invoice.INVOICE, state="posted")
        .in_bulk(set(named.values()))
    )
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in=list(invoices)).order_by("position", "id"):
        lines[line.invoice_id].append(line)
    so_far = credited_so_far([ln.pk for rows in lines.values() for ln in rows])
    decimals = decimals_of({i.currency_id for i in invoices.values() if i.currency_id})
    drafts = []
    for t in tickets:
        row = invoices.get(named[t.pk])
        if row is None:
            raise NotFound(
                what=f"{Invoice._meta.verbose_name} {named[t.pk]}", fields={"invoice": _("There is no such record that you may use.")}
            )
        made = []
        for ln in lines[row.pk]:
            quantity, net, _tax = so_far[ln.pk]
            left = ln.quantity - quantity
            asked = quantities.get(ln.pk, ZERO) if quantities else left
            if asked > left:
                raise MoreThanThere(asked=figure(asked), line=ln.position, source=row, left=figure(left), rows=rows_json([t]))
            if asked > 0 and ln.net >= 0:
                share = ln.net - net if asked == left else rounded(ln.net * asked / ln.quantity, decimals[row.currency_id or ""])
                made.append(ConcessionLine(invoice_line=ln, quantity=asked, net=share))
        drafts.append((Concession(kind=Concession.CREDIT, invoice=row, on=day), row, t, made))
    _propose(tickets, drafts)


@action(
    Ticket, moves=OPEN, permission="service.write_concession", name="replace_goods", title=_("Replacement"), needs_reason=True, done=_("Replacement proposed")
)  # fmt: skip
def replace_goods(
    tickets: DocumentSet[Ticket],
    *,
    order: OfOrder = None,
    reason_code: Reason = "defective",
    quantities: Quantities = {},  # noqa: B006  a default for the doors, never changed
    on: date | None = None,
) -> None:
    """Send goods of an order once more at no charge, on a return on which the first ones may come back: the quantities given by line, or all that was delivered.

    What their price comes to counts to your limit of authority, as a credit note does.
    """
    named = _named(tickets, Order, order)
    day = on or timezone.localdate()
    orders = visible(Order.objects.all(), tickets.actor, "sales.view_order").in_bulk(set(named.values()))
    lines = measured_lines(list(orders))
    authorised = coming_back(ln.pk for rows in lines.values() for ln in rows)
    decimals = decimals_of({o.currency_id for o in orders.values() if o.currency_id})
    drafts = []
    for t in tickets:
        row = orders.get(named[t.pk])
        if row is None:
            raise NotFound(
                what=f"{Order._meta.verbose_name} {named[t.pk]}", fields={"order": _("There is no such record that you may use.")}
            )
        made = []
        for ln in lines[row.pk]:
            if not is_goods(ln):
                continue
            left = ln.delivered - ln.returned - authorised[ln.pk]
            asked = quantities.get(ln.pk, ZERO) if quantities else left
            if asked > left:
                raise MoreThanThere(asked=figure(asked), line=ln.position, source=row, left=figure(left), rows=rows_json([t]))
            if asked > 0:
                made.append(
                    ConcessionLine(
                        order_line=ln, quantity=asked, net=rounded(ln.net * asked / ln.quantity, decimals[row.currency_id or ""])
                    )
                )
        drafts.append((Concession(kind=Concession.REPLACEMENT, order=row, reason_code=reason_code, on=day), row, t, made))
    _propose(tickets, drafts)


def _propose(tickets: DocumentSet[Ticket], drafts: Sequence[tuple[Concession, Any, Ticket, list[ConcessionLine]]]) -> None:
    """Write concessions, grant what is within the proposer's limit, and ask for the rest."""
    companies = Company.objects.in_bulk({t.company_id for t in tickets})
    rates = {pk: rate_table(c, {d.currency_id for _c, d, t, _l in drafts if t.company_id == pk}) for pk, c in companies.items()}
    for concession, document, t, lines in drafts:
        if not lines:
            raise NothingToGrant(source=document, document=t, rows=rows_json([t]))
        for line in lines:
            line.amount = rates[t.company_id].to_base(line.net, document.currency_id, concession.on)
        concession.company_id, concession.ticket, concession.reason = t.company_id, t, tickets.reason
        concession.amount = sum((ln.amount for ln in lines), ZERO)
    rows = [c for c, _d, _t, _l in drafts]
    made = DocumentSet(Concession, rows, tickets.actor, tickets.reason)
    made.draw_numbers()
    insert_rows(Concession, rows)
    for concession, _document, _ticket, lines in drafts:
        for line in lines:
            line.concession = concession
    insert_rows(ConcessionLine, [ln for _c, _d, _t, lines in drafts for ln in lines])
    _remember(Remedy.CONCESSION, [(c.ticket, c, c.number or "") for c in rows])
    tickets.made["concessions"] = [c.pk for c in rows]
    allowed, left = within(rows, limits_of(tickets.actor, companies, locked=True)) if tickets.actor.may(grant.permission) else ({}, {})
    beyond = [c for c in rows if c.pk not in allowed]
    if beyond:
        fitting = needed(CONCESSIONS, CONCESSIONS.subjects([c.pk for c in beyond]))
        alone = next((c for c in beyond if c.pk not in fitting), None)
        if alone is not None:
            raise _beyond(alone, companies, left)
        asking.ask(CONCESSIONS, [c.pk for c in beyond], actor=tickets.actor, words=tickets.reason)
    if allowed:
        grant(DocumentSet(Concession, [c for c in rows if c.pk in allowed], tickets.actor, tickets.reason))


def _beyond(row: Concession, companies: Mapping[int, Company], left: Mapping[int, Decimal]) -> BeyondAuthority:
    return BeyondAuthority(
        document=row,
        amount=priced(row.amount),
        currency=companies[row.company_id].currency_id,
        left=priced(left.get(row.pk, ZERO)),
        rows=rows_json([row.ticket]),
    )


@action(Concession, moves={"proposed": "granted"}, permission="service.grant_concession", title=_("Grant"), done=_("Granted"))
def grant(concessions: DocumentSet[Concession]) -> None:
    """Carry out what was proposed: post the credit note, or order the replacement. It is within your limit of authority, or was approved exactly as it stands."""
    keys = {c.ticket_id for c in concessions}
    tickets = {t.pk: t for t in Ticket.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")}
    for c in concessions:
        c.ticket = tickets[c.ticket_id]
    companies = Company.objects.in_bulk({c.company_id for c in concessions})
    requests = latest(Concession._meta.db_table, concessions.ids)
    approved = {c.pk for c in concessions if c.pk in requests and requests[c.pk].state == ApprovalRequest.APPROVED}
    if approved:
        asking.require(CONCESSIONS, sorted(approved), actor=concessions.actor)
    rest = [c for c in concessions if c.pk not in approved]
    allowed, left = within(rest, limits_of(concessions.actor, companies, locked=True)) if rest else ({}, {})
    beyond = [c for c in rest if c.pk not in allowed]
    if beyond:
        asking.require(CONCESSIONS, [c.pk for c in beyond], actor=concessions.actor)
        raise _beyond(beyond[0], companies, left)
    lines: dict[int, list[ConcessionLine]] = defaultdict(list)
    for line in ConcessionLine.objects.filter(concession__in=concessions.ids).order_by("pk"):
        lines[line.concession_id].append(line)
    _credit(concessions, [c for c in concessions if c.kind == Concession.CREDIT], lines)
    _replace(concessions, [c for c in concessions if c.kind == Concession.REPLACEMENT], lines)
    for c in concessions:
        c.limit, c.granted_by, c.granted_at = allowed.get(c.pk), concessions.actor.username, timezone.now()
    concessions.save_with_state("limit", "granted_by", "granted_at", "credit_note", "authorisation")
    _tell(
        [c.ticket for c in concessions],
        [_now("{what} {number} granted").format(what=c.get_kind_display().capitalize(), number=c.number) for c in concessions],
        concessions.actor,
    )


def _credit(concessions: DocumentSet[Concession], rows: Sequence[Concession], lines: Mapping[int, Sequence[ConcessionLine]]) -> None:
    """Post the credit notes, one an invoice and day, and settle them against their invoices, the items that fall due last first."""
    if not rows:
        return
    invoices = {i.pk: i for i in Invoice.objects.select_for_update(of=("self",)).filter(pk__in={c.invoice_id for c in rows}).order_by("pk")}
    lock_items(i.pk for items in open_items_of(v.entry_id for v in invoices.values()).values() for i in items)
    notes: dict[tuple[int, date], Invoice] = {}
    for day in sorted({c.on for c in rows}):
        wanted: dict[int, Decimal] = defaultdict(lambda: ZERO)
        for c in rows:
            for line in lines[c.pk] if c.on == day else ():
                wanted[line.invoice_line_id or 0] += line.quantity
        keys = credit_quantities(wanted, on=day)
        notes |= {(n.credits_id or 0, day): n for n in Invoice.objects.filter(pk__in=keys).order_by("pk")}
    for c in rows:
        note = notes.get((c.invoice_id or 0, c.on))
        if note is None:
            raise NothingToGrant(source=invoices[c.invoice_id or 0], document=c, rows=rows_json([c]))
        note.memo = f"{c.number}: {c.reason}"
    made = list(notes.values())
    update_rows(Invoice, {"id": [n.pk for n in made], "memo": [n.memo for n in made]})
    post_invoices(DocumentSet(Invoice, made, concessions.actor, concessions.reason))
    _settle(concessions, made, invoices)
    for c in rows:
        c.credit_note = notes[c.invoice_id or 0, c.on]
    concessions.made["invoices"] = [n.pk for n in made]


def _settle(concessions: DocumentSet[Concession], notes: Sequence[Invoice], invoices: Mapping[int, Invoice]) -> None:
    owed = open_items_of(v.entry_id for v in invoices.values())
    given = open_items_of(n.entry_id for n in notes)
    drafts = []
    for note in notes:
        for source in given[note.entry_id or 0]:
            parts: dict[int, Decimal] = {}
            left = -source.open_amount
            for item in sorted(owed[invoices[note.credits_id or 0].entry_id or 0], key=lambda i: (i.due_on, i.pk), reverse=True):
                part = min(left, item.open_amount)
                if part > 0:
                    parts[item.pk] = part
                    item.open_amount -= part
                    left -= part
            if parts:
                total = sum(parts.values(), ZERO)
                drafts.append(
                    SettlementDraft(
                        note.company_id,
                        note.on,
                        {**parts, source.pk: -total},
                        note.memo,
                        (Invoice._meta.db_table, note.pk),
                        note.memo[:100],
                    )
                )
    settle(drafts, actor=concessions.actor)


def _replace(concessions: DocumentSet[Concession], rows: Sequence[Concession], lines: Mapping[int, Sequence[ConcessionLine]]) -> None:
    """Draft and authorise the returns, and order the replacements."""
    if not rows:
        return
    keys = [c.order_id for c in rows]
    if len(set(keys)) < len(keys):
        raise NamedTwice(source=f"{Order._meta.verbose_name}", rows=rows_json(rows))
    orders = {o.pk: o for o in Order.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")}
    returns: list[ReturnAuthorisation] = []
    of_concession: dict[int, int] = {}
    for code in sorted({c.reason_code for c in rows}):
        some = sorted((c for c in rows if c.reason_code == code), key=lambda c: c.order_id or 0)
        asked = DocumentSet(Order, [orders[c.order_id or 0] for c in some], concessions.actor, concessions.reason)
        quantities = {ln.order_line_id or 0: ln.quantity for c in some for ln in lines[c.pk]}
        check_states(ask_return, asked.rows)
        ask_return(asked, reason_code=code, wanted="replace", quantities=quantities, note=some[0].reason)
        of_concession |= {key: c.pk for c, key in zip(some, asked.made["return-authorisations"], strict=True)}
    returns = list(ReturnAuthorisation.objects.filter(pk__in=list(of_concession)).order_by("pk"))
    papers = DocumentSet(ReturnAuthorisation, returns, concessions.actor, concessions.reason)
    authorise(papers)
    replace_returned(papers, on=max(c.on for c in rows))
    own = {c.pk: c for c in rows}
    for paper in returns:
        own[of_concession[paper.pk]].authorisation = paper
    concessions.made["orders"] = papers.made["orders"]
    concessions.made["return-authorisations"] = [r.pk for r in returns]


@action(Concession, moves={"proposed": "withdrawn"}, permission="service.write_concession", title=_("Withdraw"), done=_("Withdrawn"))
def withdraw(concessions: DocumentSet[Concession]) -> None:
    """Take back what was proposed and not granted yet; whoever was asked about it is asked no more."""
    standing = [
        r
        for r in latest(Concession._meta.db_table, concessions.ids).values()
        if r.state in (ApprovalRequest.WAITING, ApprovalRequest.APPROVED)
    ]
    update_rows(ApprovalRequest, {"id": [r.pk for r in standing], "state": [ApprovalRequest.VOID] * len(standing)})


# ------------------------------------------------------------------ what the ticket is about


@action(Ticket, moves=STAY, permission="service.write_ticket", name="concern", title=_("Name a document"), done=_("Named"))
def concern(
    tickets: DocumentSet[Ticket],
    *,
    order: OfOrder = None,
    delivery: Annotated[Key | None, Field(json_schema_extra={"resource": "deliveries"})] = None,
    invoice: OfInvoice = None,
    line: int | None = None,
    product: Annotated[Key | None, Field(json_schema_extra={"resource": "products"})] = None,
    serial: Annotated[str, Field(max_length=200)] = "",
) -> None:
    """Say what tickets are about: an order, a delivery, an invoice or (by its number) a ``line`` of it, each a document of their customer; a product
    and its serial number."""
    about: list[tuple[str, int, str]] = []
    wanted: list[tuple[type[Any], int | None, str]] = [
        (Order, order, "sales.view_order"), (GoodsIssue, delivery, "inventory.view_stock"), (Invoice, invoice, "invoicing.view_invoice"),
    ]  # fmt: skip
    for model, key, right in wanted:
        if key is None:
            continue
        row = visible(model.objects.filter(pk=key), tickets.actor, right).first()
        if row is None:
            raise NotFound(what=f"{model._meta.verbose_name} {key}", fields={_field(model): _("There is no such record that you may use.")})
        about.append((model._meta.db_table, row.pk, str(row)))
    if line is not None:
        found = InvoiceLine.objects.filter(invoice=invoice, position=line).select_related("invoice").first() if invoice else None
        if found is None:
            raise NotFound(what=_("Line {number}").format(number=line), fields={"line": _("There is no such record that you may use.")})
        about[-1] = (InvoiceLine._meta.db_table, found.pk, f"{found.invoice} / {line}: {found.description}"[:200])
    there = set(TicketSource.objects.filter(ticket__in=tickets.ids).values_list("ticket_id", "source_table", "source_id"))
    insert_rows(
        TicketSource,
        [
            TicketSource(ticket=t, source_table=table, source_id=key, label=label)
            for t in tickets
            for table, key, label in about
            if (t.pk, table, key) not in there
        ],
    )
    if product is not None:
        for t in tickets:
            t.product_id, t.serial = product, serial
        tickets.save("product", "serial")
