"""The Italian lists as the customs agency reads them: records of fixed width (TX-08)."""

from datetime import date
from decimal import Decimal

import pytest

from fondaco.localizations.it.intrastat import Filer, Former, ProtocolMissing, flat_file, written
from fondaco.operations.intrastat.models import ListRule, Statement, StatementRow, TradeDefaults
from fondaco.operations.intrastat.reading import drawings
from fondaco.platform.database.unit import unit_of_work
from tests.operations.intrastat.conftest import exporter  # noqa: F401  a fixture

FILER = Filer("00743110157", "", "137100")


def statement(kind, first="2026-01-01", last="2026-01-31", frequency="monthly", number="IL/2026/00012"):
    return Statement(
        kind=kind,
        starts_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last),
        frequency=frequency,
        number=number,
        with_statistics=True,
    )


def goods(**values):
    given = {
        "section": "normal", "vat_number": "DE136695976", "value": Decimal("2400.40"), "amount": Decimal(2400), "nature": "11",
        "commodity_code": "84198120", "net_mass": Decimal(47), "supplementary": Decimal(2), "country": "DE", "origin": "IT", "region": "MI",
        "delivery_terms": "EXW", "transport": "3",
    }  # fmt: skip
    return StatementRow(**given | values)


def records(*given):
    return written(*given).decode("ascii").split("\r\n")[:-1]


def test_tx08_goods_sold_in_a_month():
    rows = [
        goods(),
        goods(is_triangular=True, net_mass=None, supplementary=None, country="", origin="", region="", delivery_terms="", transport=""),
        goods(
            section="correction",
            value=Decimal(-1200),
            amount=Decimal(-1200),
            corrects_from=date(2025, 12, 1),
            corrects_to=date(2025, 12, 31),
        ),
        goods(section="correction", value=Decimal(35), amount=Decimal(35), corrects_from=date(2025, 7, 1), corrects_to=date(2025, 9, 30)),
    ]
    front, *others = records(statement("goods_sold"), rows, FILER, {})
    assert front == (
        "EUROX" "00743110157" "000012" "0" "00000" "C" "26" "M" "01" "00743110157" "0" "0" "00000000000"
        "00002" "0000000004800" "00002" "000000000116u" "00000" "0000000000000" "00000" "0000000000000" "00000"
    )  # fmt: skip
    prefix = "EUROX00743110157000012"
    assert others == [
        prefix + "1" "00001" "DE" "136695976   " "0000000002400" "1" "84198120" "0000000047" "0000000002" "0000000000000" "E" "3" "DE" "MI" "1" "IT",
        prefix + "1" "00002" "DE" "136695976   " "0000000002400" "A" "84198120" "0000000000" "0000000000" "0000000000000" " " "0" "  " "  " " " "  ",
        prefix + "2" "00001" "12" "0" "25" "DE" "136695976   " "-" "0000000001200" "1" "84198120" "0000000000000",
        prefix + "2" "00002" "00" "3" "25" "DE" "136695976   " "+" "0000000000035" "1" "84198120" "0000000000000",
    ]  # fmt: skip


def test_tx08_a_quarter_is_short_where_the_amount_was_passed():
    (whole, row) = records(statement("goods_sold", last="2026-03-31", frequency="quarterly"), [goods()], FILER, {})
    assert whole[28:33] == "C26T0" and whole[33:45] == "1" + "00743110157" and whole[45:47] == "00"
    assert row.endswith("DE" "136695976   " "0000000002400" "1" "84198120"), "no statistics by quarter"  # fmt: skip
    for last, content in (("2026-04-30", "8"), ("2026-05-31", "9")):
        (front,) = records(statement("goods_sold", "2026-04-01", last, "quarterly"), [], FILER, {})
        assert front[31:34] + front[45] == "T02" + content


def test_tx08_goods_bought_name_neither_vendor_nor_currency():
    row = goods(vat_number="", country="ES", origin="BR", delivery_terms="", transport="")
    front, line = records(statement("goods_bought"), [row], FILER, {})
    assert front[28] == "A" and len(front) == 28 + 1 + 2 + 1 + 2 + 11 + 2 + 11 + 4 * 18
    assert line[28:] == " " * 14 + "0000000002400" "0000000000000" "1" "84198120" "0000000047" "0000000002" "0000000000000" " " "0" "ES" "BR" "MI" "1"  # fmt: skip


def test_tx08_services_and_what_corrects_them():
    service = {
        "section": "normal", "vat_number": "FR40303265045", "value": Decimal(150), "amount": Decimal(150), "service_code": "62010", "document_number": "INV/2026/00001",
        "document_on": date(2026, 1, 15), "supply": "I", "payment": "B", "payment_country": "IT",
    }  # fmt: skip
    correction = StatementRow(**service | {"section": "correction", "amount": Decimal(-50), "corrects_id": 7, "corrects_from": date(2025, 12, 1), "corrects_to": date(2025, 12, 31)})  # fmt: skip
    gone = StatementRow(**service | {"section": "correction", "amount": Decimal(-80), "corrects_id": 8, "corrects_from": date(2025, 12, 1), "corrects_to": date(2025, 12, 31)})  # fmt: skip
    former = {7: Former("IL/2025/00003", 2026, "004711", 2, Decimal(200)), 8: Former("IL/2025/00003", 2026, "004711", 3, Decimal(80))}
    front, row, corrected, cancelled = records(statement("services_supplied"), [StatementRow(**service), correction, gone], FILER, former)
    assert front.endswith("00000" "0000000000000" "00000" "0000000000000" "00001" "0000000000150" "00002" "0000000000150" "00000")  # fmt: skip
    told = "FR" "40303265045 " "0000000000150" "INV/2026/00001 " "150126" "620100" "I" "B" "IT"  # fmt: skip
    assert row[22:] == "300001" + told
    assert corrected[22:] == "4" "00001" "137100" "26" "004711" "00002" + told, "the row as it should stand now, whole"  # fmt: skip
    assert cancelled[22:] == "4" "00002" "137100" "26" "004711" "00003" + " " * 14 + "0" * 13 + " " * 15 + "0" * 12 + " " * 4  # fmt: skip
    with pytest.raises(ProtocolMissing, match="names the protocol of list IL/2025/00003"):
        records(statement("services_supplied"), [correction], FILER, {7: Former("IL/2025/00003", 2026, "", 2, Decimal(200))})


def test_tx08_the_file_of_a_list_drawn_up_from_documents(books, exporter):  # noqa: F811
    with unit_of_work("test", "test"):
        ListRule.objects.filter(company=books.company).update(frequency="monthly", monthly_above=None, statistics_above=None)
        TradeDefaults.objects.filter(company=books.company).update(delegate_vat_number="IT12345670017")
        books.company.vat_number = "IT00743110157"
        books.company.save()
    exporter.sell(exporter.berlin, "2026-01-15", (exporter.machine, "2", "1200"), (exporter.course, "1", "150"))
    exporter.open("2026-01-31")
    january = exporter.list("goods_sold", "2026-01-01")
    name, content = flat_file(january, [d.row for d in drawings([january])[january.pk].rows])
    assert name == "scambi.cee" and content.startswith(b"EUROX12345670017000000000000C26M0100743110157001234567001700001")
    filed = exporter.file("goods_sold", "2026-01-01")
    name, content = flat_file(filed, list(filed.rows.all()))
    assert name == "IL-2026-00001.cee" and b"EUROX12345670017000001100001DE136695976" in content
    # A credit note of February takes back a third of a service told in January: the file wants the protocol of January's list.
    services = exporter.file("services_supplied", "2026-01-01")
    exporter.open("2026-03-31")
    sold = services.facts.get()
    exporter.sell(exporter.berlin, "2026-02-03", (exporter.course, "1", "50"), kind="credit_note", credits=sold.source_id)
    february = exporter.file("services_supplied", "2026-02-01")
    with pytest.raises(ProtocolMissing):
        flat_file(february, list(february.rows.all()))
    books.do("intrastat.keep_protocol", services.pk, protocol="000777")
    _name, content = flat_file(february, list(february.rows.all()))
    assert b"400001137100260007770" in content and b"0000000000100CN/2026/00001" in content
