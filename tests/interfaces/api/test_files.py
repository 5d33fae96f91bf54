"""Files: what goes out comes in again; no cell is a formula; an import is all or nothing and names every problem."""

import csv
import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from tests.interfaces.api.room import Parcel
from tests.interfaces.conftest import caller

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1+1", "\n=1"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def clerk(parcels):
    return caller("clerk", "*")


@pytest.fixture(scope="module")
def rows(clerk):
    given = [{"company": "TEST", "title": text, "weight": "-1.5", "on": "2026-03-01"} for text in FORMULAS]
    answer = clerk.post("/api/v1/parcels", given)
    assert answer.status_code == 201, answer.content
    return answer.json()["ids"]


def file(answer) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer)


def table(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file(answer).decode("utf-8-sig"), newline="")))


def test_a_csv_holds_what_the_list_shows(clerk, rows):
    answer = clerk.get("/api/v1/parcels/export?sort=id&fields=title,weight,on,company&weight__lt=0")
    assert answer["Content-Disposition"] == 'attachment; filename="parcels.csv"'
    found = table(answer)
    assert list(found[0]) == ["id", "title", "weight", "on", "company.id", "company"]
    assert [r["id"] for r in found] == rows
    assert found[0]["weight"] == "-1.500" and found[0]["on"] == "2026-03-01"


def test_no_cell_is_a_formula(clerk, rows):
    for row, text in zip(table(clerk.get("/api/v1/parcels/export?sort=id&fields=title")), FORMULAS, strict=False):
        assert row["title"] == "'" + text
    book = openpyxl.load_workbook(io.BytesIO(file(clerk.get("/api/v1/parcels/export?format=xlsx&sort=id&fields=title,weight,on&titles=1"))))
    sheet = book.worksheets[0]
    assert [c.value for c in sheet[1]] == ["id", "Title", "Weight", "On"]
    for cells in sheet.iter_rows(min_row=2):
        assert cells[1].data_type == "s" and cells[1].value.startswith("'")
        assert cells[2].data_type == "n" and Decimal(str(cells[2].value)) == Decimal("-1.5")
        assert cells[3].is_date
    found = json.loads(file(clerk.get("/api/v1/parcels/export?format=json&sort=id&fields=title,weight")))
    assert [(r["title"], r["weight"]) for r in found] == [(t, "-1.500") for t in FORMULAS]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again(clerk, rows, format):
    before = list(Parcel.objects.filter(pk__in=rows).order_by("pk").values_list("title", "weight", "on", "company"))
    data = file(clerk.get(f"/api/v1/parcels/export?format={format}&sort=id&weight__lt=0"))
    answer = clerk.post(f"/api/v1/parcels/import?format={format}", data)
    assert answer.status_code == 200, answer.content
    assert answer.json()["changed"] == rows and answer.json()["created"] == []
    assert list(Parcel.objects.filter(pk__in=rows).order_by("pk").values_list("title", "weight", "on", "company")) == before


def test_lines_of_a_document_continue_below_it(clerk, parcels):
    data = "company;title;lines.content;lines.quantity\nTEST;Two lines;Cups;2\n;;Saucers;3\nTEST;No lines;;\n"
    answer = clerk.post("/api/v1/parcels/import?format=csv", data.encode())
    assert answer.status_code == 200, answer.content
    one, two = answer.json()["created"]
    assert [(ln["content"], ln["quantity"]) for ln in clerk.get(f"/api/v1/parcels/{one}").json()["lines"]] == [
        ("Cups", "2.00"),
        ("Saucers", "3.00"),
    ]
    assert clerk.get(f"/api/v1/parcels/{two}").json()["lines"] == []


def test_a_trial_names_every_problem_and_writes_nothing(clerk, rows):
    before = Parcel.objects.count()
    data = (
        b"company,title,pieces,weight\n"
        b"TEST,Fine,1,1\nNONE,Unknown company,1,1\nTEST,,1,1\nTEST,Bad pieces,many,1\nTEST,Too heavy,1,99999999999999\n"
        b"TEST,Twice,1,1\nTEST,Fine too,1,1\nTEST,Twice,1,1\nTEST,'=1+1,1,1\n"
    )
    trial = clerk.post("/api/v1/parcels/import?format=csv&dry_run=1", data)
    assert trial.status_code == 200
    problems = trial.json()["problems"]
    named = {p["row"] for p in problems}
    assert {3, 4, 5, 6, 10} <= named and named & {7, 9} and not named & {2, 8}
    assert all(p["problem"] for p in problems)
    real = clerk.post("/api/v1/parcels/import?format=csv", data)
    assert real.status_code == 422 and real.json()["code"] == "resources.import_refused"
    assert {r["row"] for r in real.json()["rows"]} == named
    assert Parcel.objects.count() == before


def test_an_import_happens_once(clerk, parcels):
    data = json.dumps([{"company": "TEST", "title": "Imported once"}])
    first = clerk.post("/api/v1/parcels/import?format=json", data, idempotency_key="import")
    again = clerk.post("/api/v1/parcels/import?format=json", data, idempotency_key="import")
    assert first.json()["created"] == again.json()["created"] and again["Idempotent-Replayed"] == "true"


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 400_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("csv", b""), ("csv", b"title\n"), ("csv", b"nonsense\nx\n"), ("csv", b"title,title\na,b\n"), ("csv", b"title\n\xff\xfe"), ("csv", b"title\na\x00b\n"),
        ("csv", b'title\n"open'), ("csv", b"id,title\nx,y\n"), ("csv", b"state,number\nsent,1\n"), ("xlsx", b"no workbook"), ("xlsx", b"PK\x03\x04broken"),
        ("json", b"{}"), ("json", b"[1]"), ("json", b'[{"id": {}}]'), ("exe", b"x"), ("", b"x"),
    ],
)  # fmt: skip
def test_bad_files_are_refused(clerk, format, data):
    answer = clerk.post(f"/api/v1/parcels/import?format={format}", data, content_type="application/octet-stream")
    assert 400 <= answer.status_code < 500, answer.content
    assert answer.json()["detail"]


def test_a_packed_giant_is_not_unpacked(clerk):
    assert clerk.post("/api/v1/parcels/import", bomb(), content_type=XLSX).status_code == 422
