"""The Northwind import: reconciled to the cent against the files, repeatable, and with checks that hold.

The full files lie beside the project, in ``../shared/data/northwind``. Where they are absent the same scenario runs on the small
sample below, and the figures of the decision record are not compared.
"""

import csv
import shutil
import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from fondaco.connectors.northwind import files, importing, reconciling
from fondaco.connectors.northwind.refusals import BadLine, ColumnMissing, Differs, FileMissing, FolderMissing
from fondaco.frontoffice.sales.models import Order
from fondaco.localizations.loading import found_company
from fondaco.platform.audit import checks
from fondaco.platform.audit.models import Change
from fondaco.platform.database.unit import unit_of_work

FULL = next(
    (p / "shared" / "data" / "northwind" for p in Path(__file__).resolve().parents if (p / "shared" / "data" / "northwind").is_dir()), None
)
#: docs/decisions/0005-northwind-import.md
REVENUE = {"revenue 1996": "193316.58", "revenue 1997": "608847.01", "revenue 1998": "437692.26", "revenue, all years": "1239855.85",
           "freight, all years": "63955.02", "cost of goods sold": "852967.22", "stock left": "44372.00",
           "received in the bank": "1303810.87", "order intake, all orders": "1265793.29", "customer QUICK": "110277.32",
           "product 38": "141396.74"}  # fmt: skip
SAMPLE = {
    "categories": "category_id,category_name,description\n1,Beverages,Drinks\n",
    "shippers": "shipper_id,company_name,phone\n1,Speedy Express,(503) 555-9831\n",
    "suppliers": "supplier_id,company_name,contact_name,contact_title,address,city,region,postal_code,country,phone,fax,homepage\n"
    "1,Exotic Liquids,Charlotte Cooper,Manager,49 Gilbert St.,London,,EC1 4SD,UK,(171) 555-2222,,\n",
    "customers": "customer_id,company_name,contact_name,contact_title,address,city,region,postal_code,country,phone,fax\n"
    "ALFKI,Alfreds Futterkiste,Maria Anders,Sales,Obere Str. 57,Berlin,,12209,Germany,030-0074321,030-0076545\n",
    "employees": "employee_id,last_name,first_name,title\n1,Davolio,Nancy,Sales Representative\n",
    "products": "product_id,product_name,supplier_id,category_id,quantity_per_unit,unit_price,units_in_stock,discontinued\n"
    "1,Chai,1,1,10 boxes,18,3,1\n",
    "orders": "order_id,customer_id,employee_id,order_date,required_date,shipped_date,ship_via,freight,ship_name,ship_address,ship_city,"
    "ship_region,ship_postal_code,ship_country\n"
    "10248,ALFKI,1,1996-07-04,1996-08-01,1996-07-16,1,32.3800011,Alfreds,Obere Str. 57,Berlin,,12209,Germany\n"
    "10249,ALFKI,1,1996-07-05,1996-08-01,,1,11.6099997,Alfreds,Obere Str. 57,Berlin,,12209,Germany\n",
    "order_details": "order_id,product_id,unit_price,quantity,discount\n10248,1,9.80000019,9,0.0500000007\n10249,1,18,5,0\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if FULL is not None:
        return FULL
    warnings.warn("The full Northwind files are not beside the project; the small sample stands in for them.", stacklevel=1)
    return sample(tmp_path_factory.mktemp("northwind"))


@pytest.fixture(scope="module")
def imported(live_database: str, folder: Path) -> importing.Imported:
    return importing.bring_in(files.read(folder), found_company)


def sample(folder: Path, **changed: str) -> Path:
    for name, text in {**SAMPLE, **changed}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_books_agree_with_the_files_to_the_cent(imported: importing.Imported, folder: Path) -> None:
    figures = reconciling.reconcile(files.read(folder), imported.company)
    assert [f for f in figures if f.difference] == []
    if folder == FULL:
        books = {f.what: f.books for f in figures}
        assert {what: books[what] for what in REVENUE} == {what: Decimal(amount) for what, amount in REVENUE.items()}


def test_a_second_run_adds_nothing(imported: importing.Imported, folder: Path) -> None:
    assert imported.added["company"] == 1 or imported.nothing_added
    before = Change.objects.count()
    again = importing.bring_in(files.read(folder), found_company)
    assert again.nothing_added
    assert Change.objects.count() == before


def test_all_checks_hold(imported: importing.Imported) -> None:
    with unit_of_work("program.test", "check"):
        assert [(v.check.key, v.rows[:3]) for v in checks.run() if not v.holds] == []


def test_orders_that_were_never_shipped_stay_open(imported: importing.Imported, folder: Path) -> None:
    given = files.read(folder)
    confirmed = Order.objects.filter(company=imported.company, state="confirmed", reserve_partly=True)
    assert confirmed.count() == len(given.orders) - len(given.shipped)


def test_a_changed_row_of_an_imported_order_is_refused_by_name(imported: importing.Imported, folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    with (changed / "order_details.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][3] = str(int(rows[1][3]) + 1)
    with (changed / "order_details.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(Differs, match=r"order_details.csv, line 2.*quantity"):
        importing.bring_in(files.read(changed), found_company)


def test_the_sample_reads_without_float_noise(tmp_path: Path) -> None:
    first = files.read(sample(tmp_path)).orders[0]
    assert (first.freight, first.lines[0].unit_price, first.lines[0].discount) == (Decimal("32.38"), Decimal("9.80"), Decimal("5.00"))
    assert first.net == Decimal("83.79")


@pytest.mark.parametrize(
    ("name", "old", "new", "refusal", "words"),
    [
        ("order_details", "9.80000019", "9.805", BadLine, "order_details.csv, line 2, column unit_price"),
        ("orders", "1996-07-04", "04.07.1996", BadLine, "orders.csv, line 2, column order_date"),
        ("orders", "ALFKI,1,1996-07-05", "NOONE,1,1996-07-05", BadLine, "orders.csv, line 3, column customer_id"),
        ("customers", "Germany", "Atlantis", BadLine, "customers.csv, line 2, column country"),
        ("products", "units_in_stock", "stock", ColumnMissing, "products.csv, line 1: the column units_in_stock"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_column(tmp_path: Path, name: str, old: str, new: str, refusal: type, words: str) -> None:
    folder = sample(tmp_path, **{name: SAMPLE[name].replace(old, new)})
    with pytest.raises(refusal, match=words):
        files.read(folder)


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match="nowhere"):
        files.read(tmp_path / "nowhere")
    sample(tmp_path)
    (tmp_path / "orders.csv").unlink()
    with pytest.raises(FileMissing, match=r"lacks orders\.csv"):
        files.read(tmp_path)
