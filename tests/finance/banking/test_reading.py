"""Bank files of every format come to the same plain values; hostile ones are refused with line and reason (BK-01)."""

import random
import subprocess
import zipfile
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.finance.banking.reading import bounded
from fondaco.finance.banking.reading.bounded import propose_format, read_file
from fondaco.finance.banking.reading.child import answered
from fondaco.finance.banking.reading.values import as_json, from_json
from fondaco.finance.banking.refusals import REASONS, FileRefused, FileTooLarge
from tests.finance.banking import files

needs_real_files = pytest.mark.skipif(not files.REAL.is_dir(), reason=f"The real bank files are not here: {files.REAL}")


def shown(statement):
    """A statement as a clerk would write it down."""
    head = f"{statement.account} {statement.currency} {statement.opening and statement.opening.amount} > {statement.closing and statement.closing.amount}"
    return [
        head,
        *(
            f"{ln.booked_on} {ln.amount:.2f} {ln.counterparty} {ln.counterparty_account} | {ln.remittance} | {ln.end_to_end_id}"
            for ln in statement.lines
        ),
    ]


def refusal(content, name="file.xml", form=None):
    with pytest.raises(FileRefused) as refused:
        read_file(name, content, form)
    (row,) = refused.value.rows
    assert row["why"] in REASONS
    return row["why"], int(row["line"]), refused.value.sentence()


# ------------------------------------------------------------------ the same values from every format


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_camt_of_any_version(version):
    content = files.camt(
        [
            files.entry("250.50", name="Bar Duomo", iban="DE89 3704 0044 0532 0130 00", text="INV/2026/00001", end_to_end="E2E-1", reference="B1"),
            files.entry("-5.00", text="Fee", code="ACMT"),
        ],
        opening="1000.00", closing="1245.50", version=version,
    )  # fmt: skip
    found = read_file("a.xml", content)
    assert found.format == "camt.053"
    assert shown(found.statements[0]) == [
        f"{files.IBAN} EUR 1000 > 1245.5",
        "2026-02-10 250.50 Bar Duomo DE89370400440532013000 | INV/2026/00001 | E2E-1",
        "2026-02-10 -5.00   | Fee | ",
    ]
    assert [ln.line for ln in found.statements[0].lines] == [3, 4]


def test_a_batch_becomes_its_lines_when_they_add_up_and_pending_entries_are_left_out():
    batch = files.entry("30.00", text="x").replace(
        "<TxDtls>",
        '<TxDtls><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls><TxDtls><Amt Ccy="EUR">20.00</Amt>',
    )
    pending = files.entry("7.00", text="later").replace("BOOK", "PDNG")
    (statement,) = read_file("a.xml", files.camt([batch, pending], closing="30.00")).statements
    assert [(ln.amount, ln.remittance) for ln in statement.lines] == [(10, "one"), (20, "x")]
    uneven = batch.replace("20.00</Amt>", "21.00</Amt>")
    (statement,) = read_file("a.xml", files.camt([uneven], closing="30.00")).statements
    assert [(ln.amount, ln.remittance) for ln in statement.lines] == [(30, "one | x")]


def test_charges_original_amounts_and_structured_references_are_read():
    line = files.entry(
        "980.00", name="Acme Inc", structured="RF18539007547034", charges="20.00", original=("1100.00", "USD"), payment_id="RUN-7"
    )
    (statement,) = read_file("a.xml", files.camt([line], closing="980.00")).statements
    (found,) = statement.lines
    assert (found.charges, found.original_amount, found.original_currency) == (20, 1100, "USD")
    assert (found.creditor_reference, found.payment_id, found.end_to_end_id) == ("RF18539007547034", "RUN-7", "")


def test_mt940_with_both_ways_of_writing_field_86():
    found = read_file("a.sta", files.MT940)
    assert shown(found.statements[0]) == [
        f"{files.IBAN} EUR 1000 > 1151.5",
        "2026-02-02 250.50 MUSTER GMBH DE89370400440532013000 | Rechnung INV/2026/00001 danke | E2E-1",
        "2026-02-03 -99.00 ACME BV NL56AGDH9619008421 | Bill 77 | ",
    ]
    assert [ln.line for ln in found.statements[0].lines] == [5, 7]


def test_ofx_has_a_closing_balance_only():
    found = read_file("a.ofx", files.OFX)
    assert shown(found.statements[0]) == [
        "12345 USD None > 95.25",
        "2026-02-02 100.25 Bar Duomo  | Invoice 12 | ",
        "2026-02-03 -5.00 Fee  | Fee | ",
    ]


def test_the_format_of_a_csv_is_proposed_from_its_head_and_reads_it():
    form, rows = propose_format("a.csv", files.CSV)
    assert form == {
        "charset": "utf-8", "delimiter": ";", "decimal_sign": ",", "date_format": "%d/%m/%Y", "skip": 3,
        "columns": {"booked_on": 1, "value_on": 2, "remittance": 3, "debit": 4, "credit": 5, "balance": 6},
    }  # fmt: skip
    assert rows[2][0] == "Data contabile"
    (statement,) = read_file("a.csv", files.CSV, form).statements
    assert shown(statement)[0].endswith("1000 > 1245.5")
    assert [(ln.amount, ln.line) for ln in statement.lines] == [(Decimal("250.5"), 5), (-5, 4)]  # the bank writes the newest first


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Date,Description,Amount\n2026-02-01,Coffee,-1.50\n2026-02-02,Rent,1000.00\n", (",", ".", "%Y-%m-%d", ["-1.5", "1000"])),
        ("Buchungstag;Verwendungszweck;Betrag\n01.02.2026;Miete;-1.000,50\n", (";", ",", "%d.%m.%Y", ["-1000.5"])),
        ("02/13/2026\tSupplies\t-12.00\n", ("\t", ".", "%m/%d/%Y", ["-12"])),
        ("Datum|Mededelingen|Bedrag|Af Bij\n20260201|Koffie|3,00|Af\n", ("|", ",", "%Y%m%d", ["-3"])),
    ],
)
def test_csv_of_other_banks(text, expected):
    form, _rows = propose_format("a.csv", text.encode())
    assert (form["delimiter"], form["decimal_sign"], form["date_format"]) == expected[:3]
    (statement,) = read_file("a.csv", text.encode(), form).statements
    assert [str(ln.amount.normalize()) if ln.amount != 1000 else "1000" for ln in statement.lines] == expected[3]


@needs_real_files
@pytest.mark.parametrize(
    ("name", "accounts", "lines"),
    [
        ("camt/camt053.v2.multi.statement.xml", ["NL26VAYB8060476890"] * 2, [1, 1]),
        ("camt/camt053.v2.with-party-ids.xml", ["NL26VAYB8060476890"], [1]),
        ("camt/camt053.v8.xml", ["NL26VAYB8060476890"], [1]),
        ("mt940/abnamro.sta", ["517852257"] * 2, [8, 2]),
        ("mt940/ing.sta", ["0001234567"], [7]),
        ("mt940/mt940.sta", ["4505005076198810", "100200301234567", "BPHKPLPK320000546101"], [11, 2, 3]),
        ("ofx/bank_medium.ofx", ["12300000012345678"], [3]),
        ("ofx/checking.ofx", ["14526877"], [3]),
        ("ofx/suncorp.ofx", ["123456789"], [1]),
    ],
)
def test_real_files_of_other_projects_are_read(name, accounts, lines):
    """The files in ``../shared/data/bank``; where that folder is missing this test says so and the files above do the work."""
    found = read_file(name, (files.REAL / name).read_bytes()).statements
    assert [s.account for s in found] == accounts
    assert [len(s.lines) for s in found] == lines
    assert all(ln.line >= s.line > 0 for s in found for ln in s.lines if s.line)


@needs_real_files
def test_the_worked_example_of_a_real_mt940_adds_up():
    (first, second, third) = read_file("mt940.sta", (files.REAL / "mt940" / "mt940.sta").read_bytes()).statements
    for statement in (first, second, third):
        assert statement.opening.amount + sum(ln.amount for ln in statement.lines) == statement.closing.amount
    assert second.lines[0].counterparty == "MUELLER"


# ------------------------------------------------------------------ hostile files


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("bomb.xml", b"\0" * 30_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why", "line"),
    [
        (b"", "empty", 0),
        (b" \n\r ", "empty", 0),
        (zipped(), "packed", 0),
        (b"\x1f\x8b\x08" + b"x" * 50, "packed", 0),
        (files.BOMB, "has_doctype", 1),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><BkToCstmrStmt>&x;</BkToCstmrStmt></Document>', "has_doctype", 1),
        (files.camt(["<Ntry>"]), "not_xml", 4),
        (b"<Document>" + b"<a>" * 100_000, "not_xml", 1),
        (files.camt([files.entry("1.00").replace("1.00", "1e5")]), "no_amount", 3),
        (files.camt([files.entry("1.00").replace("1.00", "1" * 30)]), "amount_too_long", 3),
        (files.camt([files.entry("1.00"), files.entry("1.00", on="2026-02-31")]), "no_date", 4),
        (files.camt([files.entry("1.00", on="9999-02-01")]), "no_date", 3),
        (files.camt([files.entry("1.00").replace("CRDT", "BOTH")]), "no_side", 3),
        (files.camt([files.entry("1.00", currency="€€€")]), "no_currency", 3),
        (b"<Document><BkToCstmrDbtCdtNtfctn/></Document>", "not_a_statement", 1),
        (b"<html>Sign in</html>", "not_a_statement", 1),
        (files.camt().replace(b"UTF-8", b"UTF-16"), "not_xml", 0),
        (files.camt().replace(b"<Id>S1</Id>", b"<Id>\x00</Id>"), "not_xml", 2),
        (files.camt().replace(b"<Id>S1</Id>", b"<Id>\xff\xfe</Id>"), "not_xml", 2),
        (files.MT940[:300], "cut_off", 7),
        (files.MT940.replace(b"C250,50", b"C2x0,50"), "bad_field", 5),
        (files.MT940.replace(b"250,50", b"2\x0050,50"), "has_nul", 5),
        (files.OFX.replace(b"100.25", b"a lot"), "no_amount", 13),
        (files.OFX.replace(b"20260202", b"20269902"), "no_date", 13),
        (b"OFXHEADER:banana\n\n<OFX></OFX>", "bad_field", 0),
        (bytes(range(256)) * 20, "unknown_format", 0),
        (b"a;b;c\n1;2;3\n", "unknown_format", 0),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_line_and_reason(content, why, line):
    found_why, found_line, sentence = refusal(content)
    assert found_why == why, sentence
    assert abs(found_line - line) <= 1, (found_line, sentence)
    if line:
        assert f"line {found_line}" in sentence
    assert "Nothing was changed" in sentence


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("d;t;a\n01/02/2026;x;1,00\n31/02/2026;x;1,00\n", "no_date", 3),
        ("d;t;a\n01/02/2026;x;1,00\n01/02/2026;x\n", "too_few_columns", 3),
        ("d;t;a\n01/02/2026;x;one\n", "no_amount", 2),
        ("d;t;a\n", "no_lines", 0),
        ('d;t;a\n01/02/2026;"' + "x" * 200_000 + '";1,00\n', "bad_csv", 2),
    ],
)
def test_bad_tables_are_refused_with_line_and_reason(text, why, line):
    form = {"charset": "utf-8", "delimiter": ";", "decimal_sign": ",", "date_format": "%d/%m/%Y", "skip": 1, "columns": {"booked_on": 1, "remittance": 2, "amount": 3}}  # fmt: skip
    found_why, found_line, sentence = refusal(text.encode(), "a.csv", form)
    assert (found_why, found_line) == (why, line), sentence


def test_wrong_characters_name_the_line():
    form = {
        "charset": "utf-8",
        "delimiter": ";",
        "decimal_sign": ",",
        "date_format": "%d/%m/%Y",
        "skip": 1,
        "columns": {"booked_on": 1, "amount": 2},
    }
    assert refusal("d;a\n01/02/2026;1\n02/02/2026;1;caffè\n".encode("cp1252"), "a.csv", form)[:2] == ("wrong_charset", 3)


def test_what_steers_screens_is_not_stored():
    line = files.entry("1.00", name="Bar\u202e Duomo", text="a\u200bb  &#13; c").replace("&amp;", "&")
    (statement,) = read_file("a.xml", files.camt([line], closing="1.00")).statements
    assert (statement.lines[0].counterparty, statement.lines[0].remittance) == ("Bar Duomo", "ab c")


def test_a_file_too_large_is_not_even_begun():
    with pytest.raises(FileTooLarge, match="25 MB"):
        read_file("a.xml", b" " * (bounded.LARGEST + 1))


def test_the_child_is_ended_when_it_takes_too_long_or_too_much(monkeypatch):
    content = files.camt([files.entry("1.00", text="x" * 900)] * 9_000, closing="9000.00")
    monkeypatch.setattr(bounded, "SECONDS", 0.01)
    assert refusal(content)[0] == "too_long"
    monkeypatch.setattr(bounded, "SECONDS", 60.0)
    monkeypatch.setenv("FONDACO_READING_MEMORY", str(60 * 1024 * 1024))
    assert refusal(content)[0] in {"too_large", "crashed", "not_xml"}


def test_the_child_knows_no_secret_and_may_write_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    seen = {}
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *words, **given: seen.update(given) or popen(*words, **given))
    read_file("a.sta", files.MT940)
    assert "DATABASE_URL" not in seen["env"]
    assert seen["cwd"] == "/"


def test_ten_thousand_lines_are_read():
    content = files.camt([files.entry("1.00", name=f"Bar {n}", text=f"INV/2026/{n:05d}") for n in range(10_000)], closing="10000.00")
    (statement,) = read_file("a.xml", content).statements
    assert len(statement.lines) == 10_000


# ------------------------------------------------------------------ chance

FORM = {"charset": "utf-8", "delimiter": ";", "decimal_sign": ",", "date_format": "%d/%m/%Y", "skip": 3, "columns": {"booked_on": 1, "remittance": 3, "debit": 4, "credit": 5, "balance": 6}}  # fmt: skip
GOOD = [
    files.camt([files.entry("250.50", name="Bar", text="INV 1", charges="1.00"), files.entry("-5.00")], closing="245.50"),
    files.MT940,
    files.OFX,
    files.CSV,
]
FUZZ = settings(max_examples=400, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def answers(content):
    """What the child answers; anything that it raises fails the test, and what it says passes the parent's judgement."""
    said = answered({"form": FORM}, content)
    if "refusal" in said:
        assert said["refusal"]["why"] in REASONS
        str(REASONS[said["refusal"]["why"]]).format(**said["refusal"]["figures"])
    else:
        again = as_json(from_json(said["statements"]))
        for one, other in zip(again, said["statements"], strict=True):
            assert one == other
    proposed = answered({"propose": True}, content)
    assert "refusal" in proposed or proposed["form"]


@FUZZ
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(content):
    answers(content)


@FUZZ
@given(st.sampled_from([b"OFXHEADER:100\n\n<OFX>", b"<Document>", b":20:X\n:25:1\n", b"01/02/2026;"]), st.binary(max_size=300))
def test_random_bytes_behind_a_true_head_are_refused(head, content):
    answers(head + content)


@FUZZ
@given(st.sampled_from(GOOD), st.integers(0, 2**32), st.integers(1, 12))
def test_mutated_files_are_read_or_refused(content, seed, cuts):
    chance, changed = random.Random(seed), bytearray(content)
    for _ in range(cuts):
        place = chance.randrange(len(changed) + 1)
        how = chance.randrange(4)
        if how == 0:
            changed[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4)))
        elif how == 1:
            del changed[place : place + chance.randrange(1, 30)]
        elif how == 2 and place < len(changed):
            changed[place] = chance.choice(b"0123456789,.:;<>/-?+ \n")
        else:
            other = chance.randrange(len(changed) + 1)
            changed[place:place] = changed[other : other + 40]
    answers(bytes(changed))
