"""Daily work in a real browser: import and export, the board, long jobs, files. Everything waits for what it needs, nothing for time."""

import io
import re
from contextlib import contextmanager
from datetime import date
from threading import Event, Thread

import openpyxl
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.frontoffice.crm.models import Opportunity, Stage
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.jobs import working
from fondaco.platform.jobs.working import job, run_due, start
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from fondaco.platform.views.models import SavedView
from tests.books import ACTOR, open_books
from tests.browser import Visitor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A company with one customer and three deals, and Ada, who may do everything."""
    with django_db_blocker.unblock():
        books = open_books(years=(date.today().year,))  # noqa: DTZ011  the browser's forms propose today
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            ada = User.objects.create(username="ada", name="Ada Rossi", password=make_password("ada"))
            Membership.objects.create(user=ada, role=everything)
        customer = books.customer(city="Milano")
        deal = {"company": books.company.pk, "party": customer.pk, "on": "2026-02-02"}
        names = [("Bar counter", "1000"), ("Two grinders", "500"), ("Service contract", "250")]
        create(ACTOR, RESOURCES["opportunities"], [{**deal, "name": name, "amount": amount} for name, amount in names])
        yield books, live_address


@pytest.fixture
def ada(house, chromium, django_db_blocker):
    visitor = Visitor(chromium, house[1], accept_downloads=True).signed_in("ada")
    yield visitor
    visitor.done()
    with django_db_blocker.unblock():
        # Under Playwright the test has connections of its own; the next module's database would be asked by a dead one.
        connections.close_all()


def spreadsheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return {"name": "customers.xlsx", "mimeType": XLSX, "buffer": file.getvalue()}


def submit(visitor, label, file):
    visitor.page.set_input_files("[name=file]", [file])
    visitor.page.get_by_role("button", name=label, exact=True).click()


def test_a_spreadsheet_with_errors_is_told_row_by_row_corrected_and_imported(house, ada, django_db_blocker):
    head = ["name", "country", "email", "is_customer"]
    wrong = spreadsheet(
        head, ["Pasticceria Blu", "IT", "blu@example.com", True], ["Caffè Verde", "ZZ", "verde@example.com", True], ["", "IT", "", True]
    )
    right = spreadsheet(head, ["Pasticceria Blu", "IT", "blu@example.com", True], ["Caffè Verde", "IT", "verde@example.com", True])
    ada.go("/parties")
    ada.page.get_by_role("link", name="Import").click()
    submit(ada, "Try it without writing", wrong)
    errors = ada.page.locator("[role=alert]")
    expect(errors).to_contain_text("These rows would be refused")
    expect(errors).to_contain_text("Row 3")
    expect(errors).to_contain_text("Row 4")
    expect(errors).not_to_contain_text("Row 2")
    ada.picture("import-refused")
    submit(ada, "Import", wrong)
    expect(errors).to_contain_text("Nothing was imported")
    with django_db_blocker.unblock():
        assert Party.objects.count() == 1
    submit(ada, "Try it without writing", right)
    expect(ada.page.locator("main")).to_contain_text("2 records can be imported as they are.")
    submit(ada, "Import", right)
    ada.page.wait_for_url(re.compile("/parties$"))
    expect(ada.page.locator("table")).to_contain_text("Caffè Verde")
    expect(ada.page.locator("table")).to_contain_text("Pasticceria Blu")


def test_an_export_holds_the_rows_and_columns_of_the_list(ada):
    ada.go("/opportunities?q=grinders&columns=name&columns=amount")
    ada.page.locator("summary", has_text="Export").click()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Spreadsheet (XLSX)").click()
    rows = list(openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active.iter_rows(values_only=True))
    assert rows[0][1:3] == ("Name", "Amount")
    assert [row[1] for row in rows[1:]] == ["Two grinders"]


def test_a_card_moves_by_keyboard_and_by_its_menu_and_the_lanes_count_along(ada, django_db_blocker):
    ada.go("/opportunities/board")
    lanes = ada.page.locator(".lane")
    card = ada.page.locator(".card", has_text="Bar counter")
    expect(lanes.nth(0).locator("header .count")).to_have_text("3")
    card.locator(".card-title").focus()
    with ada.page.expect_response("**/board/move*") as moved:
        ada.page.keyboard.press("Alt+ArrowRight")
    assert moved.value.status == 200
    expect(lanes.nth(1).locator(".card", has_text="Bar counter")).to_be_visible()
    expect(lanes.nth(0).locator("header .count")).to_have_text("2")
    expect(lanes.nth(1).locator("header .count")).to_have_text("1")
    expect(lanes.nth(1).locator(".lane-total")).to_have_text("1,000 EUR")
    expect(lanes.nth(1).locator(".card-title").first).to_be_focused()
    # By the card's own menu, as on a phone; then once more by keyboard, with the version that came back.
    card.locator("summary").click()
    with ada.page.expect_response("**/board/move*"):
        card.locator("[data-move-to]").nth(1).click()
    expect(lanes.nth(2).locator(".card", has_text="Bar counter")).to_be_visible()
    card.locator(".card-title").focus()
    with ada.page.expect_response("**/board/move*"):
        ada.page.keyboard.press("Alt+ArrowLeft")
    expect(lanes.nth(1).locator("header .count")).to_have_text("1")
    ada.picture("board-moved")
    with django_db_blocker.unblock():
        deal = Opportunity.objects.select_related("stage").get(name="Bar counter")
        assert deal.stage == Stage.objects.filter(pipeline=deal.stage.pipeline).order_by("position")[1]


def test_a_card_is_dragged_and_a_refusal_puts_it_back(ada):
    ada.go("/opportunities/board")
    ada.page.wait_for_load_state("networkidle")
    lanes = ada.page.locator(".lane")
    card = ada.page.locator(".card", has_text="Two grinders")
    with ada.page.expect_response("**/board/move*") as moved:
        card.drag_to(lanes.nth(1).locator(".cards"))
    assert moved.value.status == 200
    expect(lanes.nth(1).locator(".card", has_text="Two grinders")).to_be_visible()
    # A lost deal needs a reason, which no board can ask for.
    lost = ada.page.locator(".lane", has=ada.page.get_by_role("heading", name="Lost"))
    card.locator("summary").click()
    with ada.page.expect_response("**/board/move*") as refused:
        card.locator("[data-move-to]").last.click()
    assert refused.value.status == 422
    expect(ada.page.locator(".toast", has_text="reason")).to_be_visible()
    expect(lanes.nth(1).locator(".card", has_text="Two grinders")).to_be_visible()
    expect(lost.locator(".card")).to_have_count(0)


@contextmanager
def slow_kind(django_db_blocker):
    """A kind of job that counts until it is let go, run by a worker in a thread of its own."""
    go = Event()

    @job("test.slow")
    def slow(actor, progress, **_given):
        done = 0
        while not go.is_set():
            done = min(done + 1, 9)
            progress(done, 10, "Counting")
            go.wait(0.05)
        return {}

    def work():
        try:
            run_due()
        finally:
            connections.close_all()

    worker = Thread(target=work)
    with django_db_blocker.unblock():
        with unit_of_work("ada", "test"):
            asked = start(actor_of(User.objects.get(username="ada"), channel="web"), "test.slow", "Count the cups", {})
        try:
            yield asked, worker, go
        finally:
            go.set()
            if worker.ident is not None:
                worker.join(30)
            working.KINDS.pop("test.slow", None)


def test_a_job_is_watched_until_it_is_done(ada, django_db_blocker):
    with slow_kind(django_db_blocker) as (_asked, worker, go):
        ada.go("/-/jobs")
        ada.page.get_by_role("link", name="Count the cups").first.click()
        expect(ada.page.locator("#job")).to_contain_text("Waiting")
        worker.start()
        expect(ada.page.locator("#job")).to_contain_text("Running")
        expect(ada.page.locator("#job")).to_contain_text(re.compile(r"[1-9] of 10"))
        ada.picture("job-running")
        go.set()
        expect(ada.page.locator("#job")).to_contain_text("Done")
        expect(ada.page.locator("#job progress")).to_have_count(0)


def test_a_running_job_is_stopped_from_its_page(ada, django_db_blocker):
    with slow_kind(django_db_blocker) as (asked, worker, _go):
        worker.start()
        ada.go(f"/-/jobs/{asked.pk}")
        expect(ada.page.locator("#job")).to_contain_text("Running")
        ada.page.get_by_role("button", name="Stop").click()
        expect(ada.page.locator("#job")).to_contain_text("Stopped; nothing was written.")
        ada.go("/-/jobs")
        expect(ada.page.locator("tr", has_text="Count the cups").first).to_contain_text("Stopped")


def test_files_are_put_on_a_record_saved_again_and_taken_off(ada, django_db_blocker):
    with django_db_blocker.unblock():
        party = Party.objects.get(name="Bar Duomo")
    ada.go(f"/parties/{party.pk}")
    files = ada.page.locator("#files")
    notes = [
        {"name": name, "mimeType": "text/plain", "buffer": text} for name, text in (("contract.txt", b"We agree."), ("map.txt", b"Left."))
    ]
    files.locator("input[type=file]").set_input_files(notes)
    files.get_by_role("button", name="Add files").click()
    expect(files.locator("li")).to_have_count(2)
    with ada.page.expect_download() as download:
        files.get_by_role("link", name="contract.txt").click()
    assert download.value.suggested_filename == "contract.txt"
    assert download.value.path().read_bytes() == b"We agree."
    ada.picture("files")
    files.get_by_role("button", name="Take off: map.txt").click()
    expect(files.locator("li")).to_have_count(1)
    expect(files).to_contain_text("contract.txt")


def test_a_view_is_kept_opened_renamed_and_deleted_by_keyboard_alone(ada, django_db_blocker):
    keyboard = ada.page.keyboard
    ada.go("/opportunities?q=service")
    ada.page.wait_for_load_state("networkidle")
    keyboard.press("v")
    choose(ada, "Save as a new view")
    expect(ada.page.locator("#keep-view-name")).to_be_focused()
    keyboard.type("Service deals")
    keyboard.press("Enter")
    ada.page.wait_for_url(re.compile(r"saved=\d+"))
    expect(ada.page.locator(".views-now")).to_have_text("Service deals")
    ada.go("/opportunities")
    keyboard.press("v")
    choose(ada, "Service deals")
    ada.page.wait_for_url(re.compile(r"q=service"))
    keyboard.press("v")
    choose(ada, "Rename")
    expect(ada.page.locator("#rename-view-name")).to_be_focused()
    keyboard.press("Control+a")
    keyboard.type("Contracts")
    keyboard.press("Enter")
    expect(ada.page.locator(".views-now")).to_have_text("Contracts")
    keyboard.press("v")
    choose(ada, "Delete")
    ada.page.locator("#confirm [data-yes]").wait_for()
    ada.page.locator("#confirm [data-yes]").press("Enter")
    expect(ada.page.locator(".views-now")).to_have_text("Views")
    with django_db_blocker.unblock():
        assert not SavedView.objects.exists()


def choose(visitor, label):
    """Walk down the open menu with the arrow until the item has the focus, and press it."""
    item = visitor.page.locator(".views .leaf :is(a, button)", has_text=label).first
    item.wait_for()
    for _step in range(20):
        visitor.page.keyboard.press("ArrowDown")
        if item.evaluate("(found) => found === document.activeElement"):
            break
    expect(item).to_be_focused()
    visitor.page.keyboard.press("Enter")
