"""TX-02, TX-06: random invoices through the verbs; what the e-invoice says is what ledger, tax summary and paper say, to the cent.

FONDACO_INVOICES says how many sets of up to thirty invoices are written.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from lxml import etree

from fondaco.finance.einvoicing.formats.declared import Naming
from fondaco.finance.einvoicing.formats.xml import faults
from fondaco.finance.einvoicing.queries import drawn
from fondaco.finance.invoicing.models import InvoiceTax
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.finance.ledger.models import JournalLine
from fondaco.localizations.it.fatturapa import writing
from fondaco.localizations.it.fatturapa.names import official_schema
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.finance.einvoicing.house import settle_in, texts
from tests.finance.invoicing.test_random_invoices import SETS, house, postable, sets, total

__all__ = ["house"]
CENT = Decimal("0.01")


@settings(
    max_examples=SETS,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(sets, some.sampled_from(["line", "document"]))
def test_what_the_e_invoice_says_is_what_is_in_the_books(house, given, rounding):
    books, described = house
    point = transaction.savepoint()
    try:
        settle_in(books)
        with unit_of_work("test", "test"):
            Company.objects.filter(pk=books.company.pk).update(tax_rounding=rounding)
            for party in Party.objects.filter(is_customer=True):
                Address.objects.create(party=party, street="Via Roma 1", postal_code="30100", city="Venezia", country_id=party.country_id)
                party.tax_code = "01234560272" if party.country_id == "IT" else ""
                party.save()
        keys = create(ACTOR, InvoiceResource, [described(paper) for paper in given]).ids
        good = postable(books, keys)
        if good:
            books.do("invoicing.post", good)
        for found in drawn(good):
            agree(found.row, found.meaning)
    finally:
        transaction.savepoint_rollback(point)


def agree(row, what):
    """The meaning adds up to the books, and the file to the meaning; a file SdI would reject is not written."""
    sign = 1 if row.kind == "invoice" else -1
    owed = total(JournalLine.objects.filter(entry=row.entry_id, open_item__isnull=False).values_list("currency_amount", flat=True))
    assert what.gross == sign * owed == row.gross
    assert total(i.amount for i in what.instalments) == what.payable == row.gross
    assert total(line.net for line in what.lines) == what.net
    assert {(t.base, t.tax) for t in what.taxes} == set(InvoiceTax.objects.filter(invoice=row).values_list("base", "tax"))
    unit = Decimal(1).scaleb(-what.decimals)
    for line in what.lines:
        assert (line.quantity * line.price).quantize(unit, rounding=ROUND_HALF_UP) - line.discount == line.net
        assert line.price >= 0
    problems = writing.problems(what)
    if problems:
        for problem in problems:
            assert problem.field in {"taxes", "currency"}, problem
            # Per document the tax is a cent from the rate at most: but of whole yen, and of several codes that share a rate.
            assert problem.field != "taxes" or row.company.tax_rounding == "line" or what.decimals < 2 or len(what.taxes) > 1
            assert problem.field != "currency" or what.decimals > 2
        return
    xml = writing.write(what, Naming("00001", lambda: b""))
    assert faults(official_schema(), etree.fromstring(xml)) == []
    assert Decimal(texts(xml, "ImportoTotaleDocumento")[0]) == row.gross
    assert total(map(Decimal, texts(xml, "DettaglioLinee/PrezzoTotale"))) == row.net
    assert total(map(Decimal, texts(xml, "DatiRiepilogo/ImponibileImporto"))) == row.net
    assert total(map(Decimal, texts(xml, "DatiRiepilogo/Imposta"))) == row.tax
    assert total(map(Decimal, texts(xml, "ImportoPagamento"))) == row.gross
    for line in etree.fromstring(xml).iter("DettaglioLinee"):
        recomputed(line)


def recomputed(line):
    """As SdI recomputes a line: price less discount, times quantity, a cent more or less (error 00423)."""
    price = Decimal(line.findtext("PrezzoUnitario"))
    off, percent = line.findtext("ScontoMaggiorazione/Importo"), line.findtext("ScontoMaggiorazione/Percentuale")
    each = price - Decimal(off) if off else price * (100 - Decimal(percent or 0)) / 100
    assert abs(each * Decimal(line.findtext("Quantita")) - Decimal(line.findtext("PrezzoTotale"))) <= CENT
