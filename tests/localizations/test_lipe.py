"""TX-05: the periodic communication of VAT settlements (LIPE) has the figures of the boxes as they were filed, and no others."""

import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fondaco.finance.einvoicing.models import Sender
from fondaco.finance.tax.models import ReturnAmount, TaxRegime, TaxReturn
from fondaco.localizations.it.lipe import (
    ELEMENTS,
    SPACE,
    AdvanceOfOtherMethod,
    Declarant,
    DeclarantMissing,
    QuarterNotFiled,
    Settled,
    boxes_of,
    communication,
    quarter_of,
    written,
)
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.finance.einvoicing.house import VAT, settle_in
from tests.finance.tax.test_returns import prepared, sell
from tests.interfaces.web.test_late_posting import signed_in

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PERSON = "RSSMRA80A01H501U"


def schema():
    """The official schema, where it is at hand; it is not shipped, and without it the order of elements is all that is judged."""
    found = sorted(SHARED.rglob("fornituraIvp*.xsd"))
    if not found:
        warnings.warn(f"No schema of LIPE below {SHARED}: files are judged by their order of elements alone", stacklevel=2)
        return None
    return etree.XMLSchema(etree.parse(str(found[0])))


def modules(raw):
    """Each module as element and text, in order."""
    root = etree.fromstring(raw)
    judge = schema()
    assert judge is None or judge.validate(root), judge.error_log
    return [{etree.QName(e).localname: e.text for e in m} for m in root.iter(f"{{{SPACE}}}Modulo")]


@pytest.fixture
def filed(books):
    """Three months of which the first is in debt, the second in credit: filed one after the other."""
    settle_in(books)
    keys = prepared(books)
    sell(books, "1000", "2026-01-10")
    books.bill(books.vendor(), [{"unit_price": "2000", "account": "expense"}], "2026-02-10")
    sell(books, "300.05", "2026-03-10")
    for month in (1, 2, 3):
        books.do("tax.file", keys[month], on="2026-04-16")
    with unit_of_work("test", "test"):
        Sender.objects.filter(company=books.company).update(declarant_tax_code=PERSON)
    return books, keys


def test_a_quarter_of_three_months_is_the_boxes_of_its_returns(filed):
    _books, keys = filed
    name, raw = communication(TaxReturn.objects.get(pk=keys[2]))
    assert name == "IT01234560272_LI_26001.xml"
    january, february, march = modules(raw)
    assert january == {
        "NumeroModulo": "1", "Mese": "1", "TotaleOperazioniAttive": "1000,00", "IvaEsigibile": "220,00", "IvaDovuta": "220,00", "ImportoDaVersare": "220,00",
    }  # fmt: skip
    assert february == {
        "NumeroModulo": "2", "Mese": "2", "TotaleOperazioniPassive": "2000,00", "IvaDetratta": "440,00", "IvaCredito": "440,00", "ImportoACredito": "440,00",
    }  # fmt: skip
    assert (march["CreditoPeriodoPrecedente"], march["IvaDovuta"], march["ImportoACredito"]) == ("440,00", "66,01", "373,99")
    front = {etree.QName(e).localname: e.text for e in etree.fromstring(raw).find(f".//{{{SPACE}}}Frontespizio")}
    assert (front["PartitaIVA"], front["AnnoImposta"], front["CFDichiarante"]) == (VAT[2:], "2026", PERSON)
    for key, module in zip((keys[1], keys[2], keys[3]), (january, february, march), strict=True):
        declared = dict(ReturnAmount.objects.filter(tax_return=key).values_list("box", "amount"))
        for box, debt, credit in ELEMENTS:
            said = module.get(debt) or (f"-{module[credit]}" if credit in module else "0")
            assert Decimal(said.replace(",", ".")) == declared[box], box


def test_it_is_fetched_from_the_return(filed):
    _books, keys = filed
    clerk = signed_in("rita", "tax.view_return")
    assert "LIPE" in clerk.get(f"/vat-returns/{keys[1]}").content.decode()
    answer = clerk.get(f"/vat-returns/{keys[1]}/lipe")
    assert (answer.status_code, len(modules(answer.content))) == (200, 3)
    assert clerk.get(f"/vat-returns/{keys[4]}/lipe").status_code == 404


def test_what_is_not_whole_is_not_written(filed):
    """A quarter that is not filed, an advance of another method, a company without a legal representative: refused with what to do."""
    books, keys = filed
    books.do("tax.file", keys[4], on="2026-05-16")
    with pytest.raises(QuarterNotFiled, match="May 2026"):
        communication(TaxReturn.objects.get(pk=keys[4]))
    with unit_of_work("test", "test"):
        Sender.objects.filter(company=books.company).update(declarant_tax_code="")
    with pytest.raises(DeclarantMissing, match="legal representative"):
        communication(TaxReturn.objects.get(pk=keys[1]))
    with unit_of_work("test", "test"):
        Sender.objects.filter(company=books.company).update(declarant_tax_code=PERSON)
    books.do("tax.reopen", keys[4], reason="advance")
    for month in range(4, 12):
        books.do("tax.file", keys[month], on="2027-01-16")
    with unit_of_work("test", "test"):
        TaxReturn.objects.filter(pk=keys[12]).update(advance_paid=7)
    books.do("tax.file", keys[12], on="2027-01-16")
    with pytest.raises(AdvanceOfOtherMethod):
        communication(TaxReturn.objects.get(pk=keys[12]))


def test_a_quarter_is_one_module_and_the_last_is_five(books):
    settle_in(books, declarant_tax_code=PERSON)
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=books.company, valid_from=date(2026, 1, 1), frequency="quarterly", interest_percent=1)
    keys = prepared(books)
    sell(books, "1000", "2026-02-10")
    sell(books, "1000", "2026-11-10")
    for month in (1, 4, 7, 10):
        books.do("tax.file", keys[month], on="2027-01-16")
    (first,) = modules(communication(TaxReturn.objects.get(pk=keys[1]))[1])
    assert (first["Trimestre"], first["InteressiDovuti"], first["ImportoDaVersare"]) == ("1", "2,20", "222,20")
    (last,) = modules(communication(TaxReturn.objects.get(pk=keys[10]))[1])
    assert (last["Trimestre"], "InteressiDovuti" in last) == ("5", False)


def test_cars_and_credits_are_taken_off_before_interest(books):
    """TX-05: VP10 and VP11 are entered on the return, lessen what is paid and its interest, and stand in the file in the order of the form."""
    settle_in(books, declarant_tax_code=PERSON)
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=books.company, valid_from=date(2026, 1, 1), frequency="quarterly", interest_percent=1)
    keys = prepared(books)
    sell(books, "1000", "2026-02-10")
    edit(ACTOR, RESOURCES["vat-returns"], {keys[1]: {"paid_otherwise": "50", "credits_used": "20.50"}})
    books.do("tax.file", keys[1], on="2026-05-16")
    (module,) = modules(communication(TaxReturn.objects.get(pk=keys[1]))[1])
    told = {k: module[k] for k in ("IvaDovuta", "VersamentiAutoUE", "CreditiImposta", "InteressiDovuti", "ImportoDaVersare")}
    assert told == {
        "IvaDovuta": "220,00", "VersamentiAutoUE": "50,00", "CreditiImposta": "20,50", "InteressiDovuti": "1,50", "ImportoDaVersare": "151,00",
    }  # fmt: skip
    assert TaxReturn.objects.get(pk=keys[1]).brought_forward == 0
    books.do("tax.settle", keys[1], on="2026-05-16")
    assert books.balance("vat_settlement") == Decimal("-221.50")
    books.assert_checks_hold()


money = st.decimals(-(10**9), 10**9, places=2)


@settings(max_examples=300, deadline=None, print_blob=True)
@given(boxes=st.dictionaries(st.sampled_from([b for b, _d, _c in ELEMENTS] + ["VP5A"]), money), month=st.integers(1, 12))
def test_form_and_file_are_one(boxes, month):
    """TX-05: whatever the boxes, the file has each of them to the cent in the order of the form, and VP6 stays VP4 less VP5."""
    boxes["VP6"] = sum((sign * boxes.get(box, Decimal(0)) for box, sign in (("VP4", 1), ("VP5", -1), ("VP5A", -1))), Decimal(0))
    shown = boxes_of(boxes)
    assert shown["VP6"] == shown["VP4"] - shown["VP5"]
    day = date(2026, month, 1)
    assert quarter_of(day)[0] <= day <= quarter_of(day)[1]
    root = etree.fromstring(written([Settled(day, day, boxes)], Declarant(VAT[2:], VAT[2:], PERSON)))
    (module,) = root.iter(f"{{{SPACE}}}Modulo")
    told = [(etree.QName(e).localname, e.text) for e in module][2:]
    assert [t for t in told if t[0] != "Metodo"] == [
        (credit if credit and shown[box] < 0 else debt, f"{abs(shown[box]) if credit else shown[box]:.2f}".replace(".", ","))
        for box, debt, credit in ELEMENTS
        if shown[box]
    ]
