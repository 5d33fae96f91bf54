"""TX-06: FatturaPA as the exchange system wants it: valid against the official schema, and to the cent what the books say."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from fondaco.finance.einvoicing.formats.declared import FORMATS, Naming
from fondaco.finance.einvoicing.formats.xml import faults
from fondaco.finance.einvoicing.models import InvoiceDetails
from fondaco.finance.einvoicing.queries import drawn
from fondaco.finance.tax.models import TaxCode, TaxRegime
from fondaco.localizations.it.fatturapa.names import official_schema
from fondaco.localizations.it.fatturapa.writing import latin, problems, write
from fondaco.platform.database.unit import unit_of_work
from tests.finance.einvoicing.house import customer, meaning, product, settle_in, texts

NAMING = Naming("00001", lambda: b"")


def code(books, name):
    return TaxCode.objects.get(company=books.company, code=name).pk


def written(invoice):
    what = meaning(invoice)
    assert problems(what) == []
    xml = write(what, NAMING)
    assert faults(official_schema(), etree.fromstring(xml)) == []
    return xml


def test_an_invoice_says_what_the_books_say(rialto):
    """TX-06: lines, summary, total and due date of a plain domestic invoice."""
    bar = customer(rialto, code="ABC1234")
    coffee = product()
    invoice = rialto.invoice(
        bar,
        [
            {"product": coffee.pk, "quantity": "12.5", "unit_price": "18.40", "discount_percent": "10"},
            {"description": "Macinacaffè “Venezia”", "unit_price": "129.99"},
        ],
        "2026-03-10",
        reference="ORD-77",
        memo="Consegna € franco magazzino",
    )
    rialto.assert_journal(
        """
        2026-03-10 invoice INV/2026/00001
          receivable                        411.13
          revenue                          -336.99
          vat_output                        -74.14
        """
    )
    xml = written(invoice)
    assert etree.fromstring(xml).get("versione") == "FPR12"
    assert texts(xml, "DettaglioLinee/PrezzoTotale") == ["207.00", "129.99"]
    assert texts(xml, "ScontoMaggiorazione/Percentuale") == ["10.00"]
    assert texts(xml, "DatiRiepilogo/ImponibileImporto") == ["336.99"]
    assert texts(xml, "DatiRiepilogo/Imposta") == ["74.14"]
    assert texts(xml, "DatiRiepilogo/EsigibilitaIVA") == ["I"]
    assert texts(xml, "ImportoTotaleDocumento") == ["411.13"]
    assert texts(xml, "DettaglioPagamento/ImportoPagamento") == ["411.13"]
    assert texts(xml, "DettaglioPagamento/IBAN") == ["IT60X0542811101000000123456"]
    assert texts(xml, "DatiOrdineAcquisto/IdDocumento") == ["ORD-77"]
    assert texts(xml, "CodiceDestinatario") == ["ABC1234"]
    assert texts(xml, "Causale") == ["Consegna EUR franco magazzino"]
    assert texts(xml, "Descrizione") == ["Goods", 'Macinacaffè "Venezia"']
    assert texts(xml, "CedentePrestatore/Sede/Provincia") == ["VE"]


def test_a_credit_note_names_its_invoice(rialto):
    """TX-06: TD04 with positive amounts and the invoice it credits."""
    bar = customer(rialto, certified_mail="bar@pec.example.it")
    invoice = rialto.invoice(bar, [{"unit_price": "100"}], "2026-03-10")
    from fondaco.finance.invoicing.models import Invoice

    (note,) = rialto.do("invoicing.credit", invoice.pk, on="2026-03-20").made["invoices"]
    rialto.do("invoicing.post", note)
    xml = written(Invoice.objects.get(pk=note))
    assert texts(xml, "TipoDocumento") == ["TD04"]
    assert texts(xml, "DatiFattureCollegate/IdDocumento") == [invoice.number]
    assert texts(xml, "DatiFattureCollegate/Data") == ["2026-03-10"]
    assert texts(xml, "ImportoTotaleDocumento") == ["122.00"]
    assert texts(xml, "CodiceDestinatario") == ["0000000"]
    assert texts(xml, "PECDestinatario") == ["bar@pec.example.it"]


def test_a_public_office_gets_fpa12_with_split_payment(rialto):
    """TX-06: six signs of the office, CUP and CIG, the tax is paid by the office and not asked of it."""
    comune = customer(rialto, "Comune di Mestre", vat="", at={"tax_code": "80012345678"}, code="UFABC1")
    invoice = rialto.invoice(comune, [{"unit_price": "1000", "tax_code": code(rialto, "IT-SP")}], "2026-03-10")
    with unit_of_work("test", "test"):
        InvoiceDetails.objects.create(invoice=invoice, contract="C-9", cup="J31H20000040001", cig="Z2F2E4D5C1")
    xml = written(invoice)
    assert etree.fromstring(xml).get("versione") == "FPA12"
    assert texts(xml, "EsigibilitaIVA") == ["S"]
    assert texts(xml, "ImportoTotaleDocumento") == ["1220.00"]
    assert texts(xml, "ImportoPagamento") == ["1000.00"]
    assert texts(xml, "DatiContratto/CodiceCIG") == ["Z2F2E4D5C1"]


def test_vat_on_payment_is_said(rialto):
    """TX-04, TX-06: a company under VAT on payment says D; the tax entry waits, and the file says so."""
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=rialto.company, valid_from="2026-01-01", cash_basis=True)
    xml = written(rialto.invoice(customer(rialto, code="ABC1234"), [{"unit_price": "100"}], "2026-03-10"))
    assert texts(xml, "EsigibilitaIVA") == ["D"]


def test_untaxed_lines_have_natura_reason_and_stamp_duty(rialto):
    """TX-06: exempt above 77.47 euro carries the stamp duty; below it does not; exports never do."""
    bar = customer(rialto, code="ABC1234")
    exempt, excluded = code(rialto, "IT-N4"), code(rialto, "IT-N1")
    xml = written(
        rialto.invoice(
            bar,
            [{"unit_price": "1300", "tax_code": exempt}, {"unit_price": "2", "tax_code": excluded, "description": "Bollo"}],
            "2026-03-10",
        )
    )
    assert texts(xml, "DettaglioLinee/Natura") == ["N4", "N1"]
    assert texts(xml, "DatiRiepilogo/RiferimentoNormativo") == [
        "Esente, art. 10 DPR 633/72",
        "Escluso dalla base imponibile, art. 15 DPR 633/72",
    ]
    assert texts(xml, "DatiBollo/ImportoBollo") == ["2.00"]
    assert texts(written(rialto.invoice(bar, [{"unit_price": "77.47", "tax_code": exempt}], "2026-03-10")), "DatiBollo/BolloVirtuale") == []
    abroad = customer(
        rialto, "Café Wien", country="AT", vat="ATU12345675", at={"postal_code": "1010", "city": "Wien", "region": ""}, format="fatturapa"
    )
    foreign = written(rialto.invoice(abroad, [{"unit_price": "500"}], "2026-03-10"))
    assert texts(foreign, "DettaglioLinee/Natura") == ["N3.2"]
    assert texts(foreign, "DatiBollo/BolloVirtuale") == []
    assert texts(foreign, "CodiceDestinatario") == ["XXXXXXX"]
    assert texts(foreign, "CessionarioCommittente/Sede/CAP") == ["00000"]


def test_withholding_and_pension_fund(rialto):
    """TX-06: ritenuta and cassa as in a lawyer's invoice: 14,000 + 4 % fund + 22 % VAT, less 20 % kept back."""
    firm = customer(rialto, code="ABC1234")
    invoice = rialto.invoice(
        firm, [{"unit_price": "14000", "description": "Corrispettivo"}, {"unit_price": "560", "description": "Cassa 4 %"}], "2026-03-10"
    )
    with unit_of_work("test", "test"):
        InvoiceDetails.objects.create(
            invoice=invoice, withholding_kind="RT01", withholding_rate=20, withholding_amount=2800, withholding_reason="A", fund_kind="TC01", fund_rate=4, fund_line=2
        )  # fmt: skip
    xml = written(invoice)
    assert texts(xml, "ImportoTotaleDocumento") == ["17763.20"]
    assert texts(xml, "DatiCassaPrevidenziale/ImportoContributoCassa") == ["560.00"]
    assert texts(xml, "DatiCassaPrevidenziale/ImponibileCassa") == ["14000.00"]
    assert texts(xml, "DettaglioLinee/PrezzoTotale") == ["14000.00"]
    assert texts(xml, "DatiRiepilogo/ImponibileImporto") == ["14560.00"]
    assert texts(xml, "DatiRitenuta/ImportoRitenuta") == ["2800.00"]
    assert texts(xml, "ImportoPagamento") == ["14963.20"]


def test_goods_delivered_earlier_make_a_deferred_invoice(rialto):
    """TX-06: a delivery note of an earlier day makes it a TD24 and is named."""
    bar = customer(rialto, code="ABC1234")
    invoice = rialto.invoice(bar, [{"unit_price": "10"}], "2026-03-31")
    with unit_of_work("test", "test"):
        InvoiceDetails.objects.create(invoice=invoice, delivery_number="DDT/7", delivered_on="2026-03-04")
    xml = written(invoice)
    assert texts(xml, "TipoDocumento") == ["TD24"]
    assert texts(xml, "DatiDDT/NumeroDDT") == ["DDT/7"]


def test_what_is_missing_is_said_with_the_way_out(books):
    """TX-06: every gap of seller and buyer is named at once, with where to fill it."""
    bare = books.customer("Bar Senza")
    invoice = books.invoice(bare, [{"unit_price": "10"}], "2026-03-10")
    said = {p.field: p.sentence for p in problems(meaning(invoice))}
    assert set(said) == {"company.vat_number", "company.street", "customer.vat_number", "customer.postal_code", "customer.street"}
    assert "Set up > Companies" in said["company.vat_number"]
    settle_in(books)
    business = customer(books, "Bar Muto S.r.l.")
    (missing,) = problems(meaning(books.invoice(business, [{"unit_price": "10"}], "2026-03-10")))
    assert missing.field == "customer.recipient_code"
    assert "0000000" in missing.sentence


@pytest.mark.parametrize(
    ("text", "told"), [("Caffè — € 5", "Caffè - EUR 5"), ("Škoda łódź", "Skoda ?ódz"), ("a\x00b\tc", "a b c"), ("x" * 70, "x" * 60)]
)
def test_text_is_brought_to_latin(text, told):
    assert latin(text, 60) == told


def test_reading_costs_the_same_for_one_and_for_forty(rialto):
    """STYLE 9: the statements do not grow with the invoices."""
    bar = customer(rialto, code="ABC1234")
    keys = [rialto.invoice(bar, [{"unit_price": "1"}], "2026-03-10").pk for _ in range(12)]

    def counted(some):
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert len(drawn(some)) == len(some)
        return len(found)

    assert counted(keys[:1]) == counted(keys) <= 10
    assert (
        FORMATS["fatturapa"].name(meaning(rialto.invoice(bar, [{"unit_price": "1"}], "2026-03-10")), "0000A") == "IT01234560272_0000A.xml"
    )
    assert Decimal(texts(written(rialto.invoice(bar, [{"unit_price": "-1", "quantity": "-3"}], "2026-03-10")), "PrezzoTotale")[0]) == 3
