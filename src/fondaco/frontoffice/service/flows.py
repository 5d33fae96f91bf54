"""Where tickets stand in the flow of a deal: after what they are about, before what was done for the customer."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.service.models import Concession, Ticket
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.platform.documents.flow import Pairs, by_key, follows, stands

ABOUT = "select s.source_id, s.ticket_id from service_ticketsource s where s.source_table = '{table}' and {given} = any (%s)"
BILLED = """
select s.source_id, s.ticket_id from service_ticketsource s where s.source_table = 'invoicing_invoice' and {invoice} = any (%s)
union select l.invoice_id, s.ticket_id from service_ticketsource s join invoicing_invoiceline l on l.id = s.source_id
where s.source_table = 'invoicing_invoiceline' and {line} = any (%s)
"""
DONE = "select r.source_id, r.ticket_id from service_remedy r where r.source_table = '{table}' and {given} = any (%s)"


def _asked(statement: str, times: int, keys: Collection[int]) -> Iterable[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(keys)] * times)
        return cursor.fetchall()


def _about(model: type[Any]) -> Pairs:
    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        return _asked(ABOUT.format(table=model._meta.db_table, given="s.source_id" if are_earlier else "s.ticket_id"), 1, keys)

    return pairs


def _billed(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
    given = ("s.source_id", "l.invoice_id") if are_earlier else ("s.ticket_id", "s.ticket_id")
    return _asked(BILLED.format(invoice=given[0], line=given[1]), 2, keys)


def _returned(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
    return _asked(DONE.format(table=ReturnAuthorisation._meta.db_table, given="r.source_id" if are_earlier else "r.ticket_id"), 1, keys)


stands(Ticket, place=46, title=_("Ticket"), permission="service.view_ticket", variant=lambda _row: (_("Ticket"), True))
stands(Concession, place=47, title=_("Concession"), permission="service.view_concession", variant=lambda _row: (_("Concession"), True))
follows(Order, Ticket, _about(Order), gathers=True)
follows(GoodsIssue, Ticket, _about(GoodsIssue), gathers=True)
follows(Invoice, Ticket, _billed, gathers=True)
follows(ReturnAuthorisation, Ticket, _returned, gathers=True)
follows(Ticket, Concession, by_key(Concession, "ticket"))
follows(Invoice, Concession, by_key(Concession, "credit_note"), gathers=True)
