"""SA-05, SV-01: mail goes out by one's own account in its thread, once, and comes back as what is known."""

from email import message_from_bytes, policy

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.correspondence import checks, resources  # noqa: F401  declared on import
from fondaco.frontoffice.correspondence.filing import Letter, file
from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage
from fondaco.frontoffice.correspondence.refusals import MailFilesStand, NoAccount, NobodyToWriteTo, NothingSaid
from fondaco.frontoffice.correspondence.resources import MailMessageResource
from fondaco.frontoffice.service.models import Mailbox, Ticket
from fondaco.frontoffice.service.receiving import receive
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.files.attaching import detach, files_of
from tests.frontoffice.correspondence.conftest import ADDRESS, looked, mail, new_account
from tests.frontoffice.crm.test_crm import person


@pytest.fixture
def desk(books, post, anna):
    """Anna's account, and a mail of a customer in it."""
    books.customer(email="info@duomo.example")
    account = new_account(books.company, post, anna[0], name="Anna of Test")
    post.put(mail("Ten kilos?", to=f"{ADDRESS}, boss@duomo.example", References="<0@duomo.example>", attached={"order.pdf": b"%PDF"}))
    looked(account)
    return anna[1]


def sent(post):
    return [message_from_bytes(raw, policy=policy.default) for raw in post.taken()]


def test_an_answer_goes_out_in_its_thread_and_stands_on_the_time_line_once(books, post, desk):
    came = MailMessage.objects.get()
    made = perform(desk, ACTIONS["correspondence.reply"], [came.pk], {"body": "Tomorrow."})
    assert "on its way" in str(MailMessageResource.wrong(made.made["mails"][0], desk)[0].text)
    assert send_due().sent == 1 and send_due().sent == 0
    (out,) = sent(post)
    assert (out["To"], out["Subject"], out["In-Reply-To"]) == ("info@duomo.example", "Re: Coffee", "<1@duomo.example>")
    assert out["References"].split()[-1] == "<1@duomo.example>" and out["From"] == f"Anna of Test <{ADDRESS}>"
    assert "Tomorrow." in out.get_content() and "> Ten kilos?" in out.get_content()
    # The server puts what was sent into its folder, and the customer answers it.
    post.put(out.as_bytes(), folder="Sent")
    post.put(mail("Thanks", subject="Re: Coffee", message_id="<2@duomo.example>", References=f"<1@duomo.example> {out['Message-ID']}"))
    looked(MailAccount.objects.get())
    assert MailMessage.objects.count() == 3 and set(MailMessage.objects.values_list("thread", flat=True)) == {"<0@duomo.example>"}
    told = list(Interaction.objects.filter(party=came.party).order_by("pk").values_list("direction", "body"))
    assert told == [("in", "Ten kilos?"), ("out", "Tomorrow."), ("in", "Thanks")]
    books.assert_checks_hold()


def test_an_answer_to_all_reaches_all_but_ourselves(post, desk):
    perform(desk, ACTIONS["correspondence.reply"], [MailMessage.objects.get().pk], {"body": "Tomorrow.", "to_all": True})
    assert OutboxMessage.objects.get().payload["to"] == ["info@duomo.example", "boss@duomo.example"]


def test_the_first_mail_to_a_party_is_written_from_its_page(books, post, desk):
    party = books.customer("Bar Sport", email="sport@bar.example")
    perform(desk, ACTIONS["parties.write_mail"], [party.pk], {"subject": "Hello\r\nBcc: eve@evil.example", "body": "We have news."})
    send_due()
    (out,) = sent(post)
    assert out["To"] == "sport@bar.example" and out["Bcc"] is None and out["Subject"] == "Hello Bcc: eve@evil.example"
    assert Interaction.objects.get(party=party).body == "We have news."
    with pytest.raises(NobodyToWriteTo, match="Bar Nessuno has no e-mail address"):
        perform(desk, ACTIONS["parties.write_mail"], [books.customer("Bar Nessuno").pk], {"subject": "x", "body": "y"})
    with pytest.raises(NothingSaid):
        perform(desk, ACTIONS["parties.write_mail"], [party.pk], {"subject": "x", "body": " "})


def test_who_has_no_account_that_sends_is_told_so(books, post, desk):
    _user, other = person("other", ("correspondence.*", "company"))
    with pytest.raises(NoAccount, match="no mail account in"):
        perform(other, ACTIONS["correspondence.reply"], [MailMessage.objects.get().pk], {"body": "x"})


def test_a_server_that_is_down_leaves_the_mail_in_the_outbox_and_says_so_on_its_page(post, desk):
    made = perform(desk, ACTIONS["correspondence.reply"], [MailMessage.objects.get().pk], {"body": "x"}).made["mails"]
    post.end()
    post.end = lambda: None
    assert send_due().failed == 1
    assert "has not left yet" in str(MailMessageResource.wrong(made[0], desk)[0].text)


def test_what_came_with_a_mail_stays_on_it(desk):
    (key,) = MailMessage.objects.values_list("pk", flat=True)
    (attachment,) = files_of(desk, MailMessageResource, key)
    with pytest.raises(MailFilesStand, match="stays on it"), refusals_translated():
        detach(desk, MailMessageResource, key, attachment.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update files_attachment set name = 'other.pdf'")


def test_answers_to_tickets_leave_by_the_mailbox_s_own_account(books, post):
    with unit_of_work("test", "test"):
        Mailbox.objects.create(company=books.company, address="help@house.example", name="Help")
    new_account(books.company, post, address="help@house.example")
    receive(mail(to="help@house.example"))
    books.do("service.reply", Ticket.objects.get().pk, body="Which model?")
    assert send_due().sent == 1
    (out,) = sent(post)
    assert out["From"] == "Help <help@house.example>" and out["In-Reply-To"] == "<1@duomo.example>"
    books.assert_checks_hold()


def test_answers_cost_the_same_statements_for_one_and_for_twenty(books, post, desk):
    with unit_of_work("test", "test"):
        file(MailAccount.objects.get(), [Letter(mail(message_id=f"<m{n}@x>", subject=f"m{n}")) for n in range(20)])
    parties = [books.customer(f"Bar {n}", email=f"b{n}@bar.example").pk for n in range(21)]
    mails = list(MailMessage.objects.order_by("pk").values_list("pk", flat=True))
    for key, ids, given in (("correspondence.reply", mails, {"body": "x"}), ("parties.write_mail", parties, {"subject": "s", "body": "x"})):
        counts = []
        for some in (ids[:1], ids[1:]):
            with CaptureQueriesContext(connection) as queries:
                perform(desk, ACTIONS[key], some, given)
            counts.append(len(queries))
        assert counts[0] == counts[1], key
