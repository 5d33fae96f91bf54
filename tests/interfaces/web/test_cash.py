"""Reconciliation, cash position and forecast in the browser's words: pages, files, and bars that drill (BK-04, BK-06, BK-07)."""

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from fondaco.finance.banking.models import BankFormat
from fondaco.interfaces.web.formatting import Formatting
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.finance.banking import files
from tests.finance.banking.bank import load, open_account
from tests.finance.banking.test_matching import invoice


def client_of(name, *patterns):
    with unit_of_work("test", "test"):
        role = Role.objects.create(key=f"role-{name}", name=name)
        for pattern in patterns:
            RolePermission.objects.create(role=role, pattern=pattern)
        user = User.objects.create(username=name, name=name.title(), password=make_password(name))
        Membership.objects.create(user=user, role=role)
    client = Client()
    assert client.post("/-/sign-in", {"username": name, "password": name}).status_code == 302
    return client


@pytest.fixture
def house(db):
    year = timezone.localdate().year
    books = open_books(years=(year - 1, year, year + 1))
    account = open_account(books)
    customer = books.customer("Bar Duomo S.r.l.", "IT")
    today = timezone.localdate().isoformat()
    invoice(books, customer, "100", today)
    load(files.entry("-3.50", today, text="Canone"), opening="10.00", on=today)
    return books, account


def test_the_pages_say_what_the_figures_are(house):
    _books, account = house
    client = client_of("ada", "*")
    page = client.get(f"/books/bank-reconciliation?account={account.pk}").content.decode()
    assert f"{Formatting('en').date(timezone.localdate())} Canone" in page
    assert "come to the same" in page
    page = client.get("/books/cash-position").content.decode()
    assert "6.50" in page
    assert "1 bank line is not in the books yet" in page
    page = client.get("/books/cash-forecast").content.decode()
    bars = re.findall(r'href="(/books/cash-forecast/(\d+)\?scenario=expected)" aria-label="[^"]* ([−\d.,]+)"', page)
    assert len(bars) == 26
    week = client.get(bars[0][0]).content.decode()
    assert "invoice INV/" in week
    assert "122.00" in week
    assert client.get("/books/cash-forecast/14").status_code == 404
    assert client.get("/books/cash-forecast?scenario=rosy").status_code == 404


def test_the_statement_is_had_as_spreadsheet_and_paper(house):
    _books, account = house
    client = client_of("ada", "*")
    made = client.get(f"/books/bank-reconciliation?account={account.pk}&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(made.content)).active
    figures = {str(row[1]).strip(): row[2] for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert Decimal(str(figures["Balance at the bank"])) == Decimal("6.5")
    assert client.get(f"/books/bank-reconciliation?account={account.pk}&format=pdf").content.startswith(b"%PDF")
    assert client.get("/books/cash-forecast?format=pdf").content.startswith(b"%PDF")


def test_who_lacks_the_right_sees_none_of_it(house):
    client = client_of("eve", "sales.view_*")
    for address in (
        "/books/bank",
        "/books/bank-reconciliation",
        "/books/cash-position",
        "/books/cash-forecast",
        f"/books/bank/{house[1].pk}",
    ):
        assert client.get(address).status_code == 403
    limited = client_of("leo", "banking.view_cash")
    page = limited.get("/books/cash-forecast").content.decode()
    assert "invoice INV/" not in page
    assert "Customers" not in page


def test_a_format_that_does_not_read_the_file_is_shown_again_and_not_kept(house):
    _books, account = house
    client = client_of("ada", "*")
    file = SimpleUploadedFile("a.csv", b"Date;Text;Amount\n2026-03-01;Coffee;-1.50\n")
    page = client.post("/books/bank", {"file": file, "account": account.pk}).content.decode()
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    form = {"digest": digest, "name": "a.csv", "account": account.pk, "charset": "utf-8", "delimiter": ";", "decimal_sign": ".", "date_format": "%d/%m/%Y", "skip": "1", "column-1": "booked_on", "column-3": "amount"}  # fmt: skip
    again = client.post("/books/bank", form)
    assert again.status_code == 422
    assert "“2026-03-01” is not a date (line 2)" in again.content.decode()
    assert not BankFormat.objects.exists()
    assert client.post("/books/bank", {**form, "date_format": "%Y-%m-%d"}).status_code == 302
    assert BankFormat.objects.get().columns == {"booked_on": 1, "amount": 3}
    assert client.post("/books/bank", {**form, "digest": "../../etc/passwd"}).status_code == 404


def test_a_company_without_a_bank_account_is_told_what_to_do(db):
    open_books()
    client = client_of("ada", "*")
    for address in ("/books/bank", "/books/bank-reconciliation"):
        answer = client.get(address)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "No bank account yet" in page and 'href="/bank-accounts"' in page
    for address in ("/books/cash-position", "/books/cash-forecast"):
        assert client.get(address).status_code == 200
