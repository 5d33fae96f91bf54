"""SA-02: mail to a shared address makes leads, once for each sender, and stands on his timeline; what is hostile is held back as anywhere."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.correspondence.filing import FLOOD, Letter, file
from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage, QuarantinedMail
from fondaco.frontoffice.correspondence.refusals import LeadsFromOwnMail
from fondaco.frontoffice.crm.models import Lead
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.correspondence.conftest import mail

SALES = "sales@house.example"


@pytest.fixture
def account(books):
    with unit_of_work("t", "t"):
        return MailAccount.objects.create(company=books.company, address=SALES, imap_host="mail.house.example", makes_leads=True)


def brought(account, *raws):
    with unit_of_work("program.mail", "t"):
        return file(account, [Letter(raw, "INBOX", n + 1) for n, raw in enumerate(raws)])


def asked(n, sender="Bar Duomo <info@duomo.example>", **more):
    return mail(f"Enquiry {n}", sender=sender, to=SALES, message_id=f"<{n}.{sender.rpartition('<')[2]}", **more)


def test_who_writes_to_sales_becomes_a_lead_and_a_customer_with_a_deal_does_not(books, account):
    customer = books.customer("Hotel Lido", email="lido@example.com")
    vendor = books.vendor("Torrefazione", email="beans@example.com")
    create(ACTOR, RESOURCES["opportunities"], [{"company": books.company.pk, "party": customer.pk, "name": "Machines", "amount": "100"}])
    first = asked(1)
    raws = [first, asked(2), asked(1, "Lido <lido@example.com>"), asked(1, "Beans <beans@example.com>")]
    assert brought(account, *raws) == ["kept"] * 4
    lead = Lead.objects.get()
    assert (lead.party.name, lead.source, lead.email) == ("Bar Duomo", "email", "info@duomo.example")
    assert lead.interest.startswith("Coffee\nEnquiry 1") and lead.interest.endswith("Enquiry 2")
    assert MailMessage.objects.filter(party=lead.party).count() == Interaction.objects.filter(party=lead.party, kind="mail").count() == 2
    assert {m.party for m in MailMessage.objects.filter(sender__endswith="example.com")} == {customer, vendor}
    # Brought again, answered in its thread, or closed and asked anew.
    assert brought(account, first) == ["repeated"]
    assert brought(account, asked(3, In_Reply_To="<1.info@duomo.example>")) == ["kept"] and Lead.objects.get().interest.endswith(
        "Enquiry 2"
    )
    books.do("crm.disqualify", lead.pk, reason="No budget")
    assert brought(account, asked(4)) == ["kept"] and Lead.objects.count() == 2
    # A customer without a deal asks for something: a lead of the customer.
    bar = books.customer("Bar Centrale", email="bar@example.org")
    brought(account, asked(1, "Bar <bar@example.org>"))
    assert Lead.objects.get(party=bar).state == "new"
    # Machines, floods and mail in our own name make nothing.
    count = Lead.objects.count()
    assert brought(account, asked(9, "Robot <robot@example.net>", Auto_Submitted="auto-replied")) == ["quarantined"]
    assert brought(account, asked(10, f"Us <{SALES}>")) == ["nobody"]
    words = brought(account, *(asked(n, "Mill <mill@example.net>") for n in range(FLOOD + 3)))
    assert words == ["kept"] * FLOOD + ["quarantined"] * 3 and QuarantinedMail.objects.filter(reason="flood").count() == 3
    assert Lead.objects.count() == count + 1
    books.assert_checks_hold()


def test_only_a_shared_address_makes_leads_and_statements_do_not_grow(books, account):
    with pytest.raises(LeadsFromOwnMail), refusals_translated(), unit_of_work("t", "t"):
        user = User.objects.create(username="anna", name="Anna")
        MailAccount.objects.create(company=books.company, address="anna@house.example", user=user, imap_host="x.example", makes_leads=True)

    def count(*raws):
        with CaptureQueriesContext(connection) as seen:
            assert set(brought(account, *raws)) == {"kept"}
        return len(seen)

    assert count(*(asked(n, f"N{n} <n{n}@example.com>") for n in range(2))) == count(
        *(asked(n, f"N{n} <n{n}@example.com>") for n in range(2, 40))
    )
