"""SA-05 as a salesperson meets it: an account is set up, shows what it brought and what failed, and mail is answered where it stands."""

import os
import re

import pytest
from playwright.sync_api import expect

from fondaco.frontoffice.correspondence.background import fetch_account
from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.jobs.working import run_due
from tests.browser import Visitor
from tests.frontoffice.correspondence import mail_server
from tests.frontoffice.correspondence.conftest import Post, mail

PICTURES = os.environ.get("FONDACO_PICTURES")


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.setenv("FONDACO_INSIDE_HOSTS", "127.0.0.1")
    server = Post(tmp_path / "mail")
    yield server
    server.end()


def work(unblocker):
    with unblocker.unblock():
        run_due()
        with unit_of_work("program.mail", "test"):
            for account in MailAccount.objects.values_list("pk", flat=True):
                fetch_account(None, lambda *_told: None, account=account)


def pictures(chromium, address, paths):
    """Each page wide and on a phone, light and dark, in Italian: for whoever works on the screens."""
    if not PICTURES:
        return
    for kind, scheme, width in (("wide", "light", 1440), ("dark", "dark", 1440), ("phone", "light", 390)):
        visitor = Visitor(chromium, address, color_scheme=scheme).signed_in("sara")
        visitor.page.set_viewport_size({"width": width, "height": 900})
        for name, path in paths:
            visitor.go(path).picture(f"mail-{name}-{kind}")


def test_an_account_from_setting_it_up_to_an_answer(house, chromium, post, django_db_blocker):
    shop, address = house
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        shop.customer.email = "info@duomo.example"
        shop.customer.save()
    sara = Visitor(chromium, address).signed_in("sara")
    page = sara.go("/mail-accounts/new").page
    for name, value in {
        "address": mail_server.USER,
        "imap_host": "127.0.0.1",
        "imap_port": post.imap_port,
        "smtp_host": "127.0.0.1",
        "smtp_port": post.smtp_port,
    }.items():
        page.fill(f"[name={name}]", str(value))
    for name in ("imap_security", "smtp_security"):
        page.select_option(f"[name={name}]", "plain")
    page.fill("[name=since]", "2026-01-01")
    page.get_by_role("button", name=re.compile("Save|Create")).first.click()
    expect(page.get_by_text("No password was entered yet.")).to_be_visible()
    page.get_by_role("button", name="Enter password").first.click()
    assert page.locator("[name=p-password]").get_attribute("type") == "password"
    page.fill("[name=p-password]", "wrong")
    page.locator("dialog, .sheet").get_by_role("button", name="Enter password").last.click()
    expect(page.get_by_text("Kept; the mail is being fetched")).to_be_visible()
    account = page.url
    work(django_db_blocker)
    page.reload()
    expect(page.get_by_text("The server refused user name or password.")).to_be_visible()
    pictures(chromium, address, [("failing", account.removeprefix(address))])
    page.get_by_role("button", name="Enter password").first.click()
    page.fill("[name=p-password]", mail_server.PASSWORD)
    page.locator("dialog, .sheet").get_by_role("button", name="Enter password").last.click()
    expect(page.get_by_text("Kept; the mail is being fetched")).to_be_visible()
    post.put(mail("Could you send ten kilos of the dark roast by Friday?\n\nThank you\nLucia", attached={"order.pdf": b"%PDF-1.4"}))
    work(django_db_blocker)
    page = sara.go(f"/customers/{shop.customer.pk}").page
    expect(page.get_by_text("Could you send ten kilos").first).to_be_visible()
    page.get_by_role("link", name=re.compile("Coffee")).first.click()
    expect(page.get_by_text("order.pdf")).to_be_visible()
    inbox = page.url
    page.locator("[name=p-body]").fill("They leave tomorrow.")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("Answer on its way").first).to_be_visible()
    expect(page.get_by_text("leaves with the next round").first).to_be_visible()
    if PICTURES:
        with django_db_blocker.unblock(), unit_of_work("test", "test"):
            User.objects.filter(username="sara").update(language="it")
        places = [("accounts", "/mail-accounts"), ("account", account.removeprefix(address)), ("mails", "/mails"), ("mail", inbox.removeprefix(address)), ("customer", f"/customers/{shop.customer.pk}"), ("feeds", "/calendar-feeds"), ("new", "/mail-accounts/new")]  # fmt: skip
        pictures(chromium, address, places)
    assert not sara.complaints
