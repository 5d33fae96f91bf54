"""Posting into a soft-closed period asks for a reason where the right is there, at every door; nothing is lost on the way (GL-05)."""

import html
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalEntry, PeriodState
from fondaco.finance.ledger.refusals import LateReasonMissing
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.interfaces.conftest import caller

RIGHTS = ("invoicing.*", "payments.*", "ledger.view_*", "parties.view_*", "companies.view_*", "tax.view_*", "catalog.view_*")
LATE = [*RIGHTS, "ledger.post_late"]
LINES = [{"unit_price": "100", "quantity": "1"}]


def signed_in(username, *patterns):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(username))
        role = Role.objects.create(key=f"role-{username}", name=username)
        for pattern in patterns:
            RolePermission.objects.create(role=role, pattern=pattern)
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": username, "password": username})
    return client


@pytest.fixture
def january(books):
    """January 2026 is soft-closed in all subledgers."""
    states = PeriodState.objects.filter(period__company=books.company, period__name="2026-01").values_list("pk", flat=True)
    books.do("ledger.soft_close", list(states))
    return books


@pytest.fixture
def draft(january):
    return january.invoice(january.customer(), LINES, "2026-01-10", post=False)


def text_of(response):
    return html.unescape(response.content.decode())


def test_the_page_asks_for_the_reason_and_then_posts(draft):
    late = signed_in("lena", *LATE)
    asked = late.post(f"/invoices/do/post?ids={draft.pk}", {"version": draft.version})
    assert asked.status_code == 422
    page = text_of(asked)
    assert "period 2026-01 is soft-closed. You may still post into it, but say why" in page
    assert re.search(r'<textarea class="input" name="reason"[^>]*required', page)
    assert "Say why this is posted late." in page
    ids = re.search(r'name="ids" value="(\d+)"', page)[1]
    done = late.post("/invoices/do/post", {"ids": ids, "reason": "The paper lay under the other papers"})
    assert done.status_code == 302
    invoice = Invoice.objects.select_related("entry").get(pk=draft.pk)
    assert (invoice.state, invoice.entry.late_reason) == ("posted", "The paper lay under the other papers")


def test_without_the_right_no_reason_is_asked_for(draft):
    clerk = signed_in("carla", *RIGHTS)
    refused = clerk.post(f"/invoices/do/post?ids={draft.pk}")
    assert refused.status_code == 302
    page = text_of(clerk.get(f"/invoices/{draft.pk}"))
    assert "ledger.post_late" in page
    assert 'name="reason"' not in page
    assert clerk.post("/invoices/do/post", {"ids": draft.pk, "reason": "Please"}).status_code == 409
    assert Invoice.objects.get(pk=draft.pk).state == "draft"


def test_save_and_post_asks_on_the_form_and_keeps_what_was_typed(january):
    late = signed_in("lena", *LATE)
    customer = january.customer()
    given = {
        "company": january.company.pk, "kind": "invoice", "customer": customer.pk, "on": "2026-01-10", "currency": "EUR", "then": "post",
        "lines-TOTAL_FORMS": "1", "lines-0-description": "Goods", "lines-0-quantity": "1", "lines-0-unit_price": "100",
    }  # fmt: skip
    asked = late.post("/invoices/new", given)
    assert asked.status_code == 422
    page = text_of(asked)
    assert 'name="reason"' in page
    assert 'value="Goods"' in page
    assert not Invoice.objects.exists()
    assert late.post("/invoices/new", {**given, "reason": "Came late"}).status_code == 302
    assert Invoice.objects.get().entry.late_reason == "Came late"


def test_rest_says_which_parameter_is_missing_and_takes_it(draft):
    late = caller("lena", *LATE)
    refused = late.post("/api/v1/invoices/post", {"ids": [str(draft.pk)]})
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["code"] == "ledger.late_reason_missing"
    assert problem["errors"] == [{"pointer": "/reason", "detail": "Say why this is posted late."}]
    assert late.get("/api/problems/ledger.late_reason_missing").json()["status"] == 422
    assert late.post("/api/v1/invoices/post", {"ids": [str(draft.pk)], "reason": "Came late"}).status_code == 200
    assert JournalEntry.objects.get(source_id=draft.pk, source_table="invoicing_invoice").late_reason == "Came late"
    body = late.get("/api/v1/openapi.json").json()["components"]["schemas"]
    (described,) = (schema for name, schema in body.items() if name.lower() == "invoicingpost")
    assert "soft-closed period" in described["properties"]["reason"]["description"]
    clerk = caller("carla", *RIGHTS)
    other = clerk.post("/api/v1/invoices/post", {"ids": [str(draft.pk)], "reason": "Please"})
    assert other.status_code == 409


def test_reversals_receipts_and_what_follows_from_them_take_the_reason_too(january):
    customer = january.customer(name="Bar Sport")
    open_invoice = january.invoice(customer, LINES, "2026-02-10")
    with pytest.raises(LateReasonMissing):
        january.pay(customer, "10", "2026-01-12")
    paid = january.pay(customer, "10", "2026-01-12", post=False)
    january.do("payments.post", paid.pk, reason="Bank was slow")
    january.do("payments.reverse", paid.pk, reason="Wrong customer", on="2026-01-20")
    january.do("invoicing.reverse", open_invoice.pk, reason="Wrong month", on="2026-01-31")
    reasons = dict(JournalEntry.objects.filter(period__name="2026-01").exclude(late_reason="").values_list("late_reason", "on__day"))
    assert reasons == {"Bank was slow": 12, "Wrong customer": 20, "Wrong month": 31}
    january.assert_checks_hold()


def test_the_help_of_a_verb_is_in_the_readers_language(draft):
    late = signed_in("lena", *LATE)
    assert "Post draft invoices: number them, write their journal entries, open their items." in text_of(
        late.post(f"/invoices/do/post?ids={draft.pk}")
    )
    with unit_of_work("test", "test"):
        User.objects.update(language="it")
    asked = text_of(late.post(f"/invoices/do/post?ids={draft.pk}"))
    assert "Contabilizza le fatture in bozza" in asked
    assert "Post draft invoices" not in asked
