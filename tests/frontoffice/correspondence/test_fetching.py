"""SA-05: mail is fetched with a visible state, and goes on after any failure: nothing lost, nothing doubled."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.correspondence import background, checks, fetching, imap, resources  # noqa: F401  declared on import
from fondaco.frontoffice.correspondence.fetching import due
from fondaco.frontoffice.correspondence.filing import Letter, file
from fondaco.frontoffice.correspondence.models import MailAccount, MailFolder, MailMessage, MailStanding, QuarantinedMail
from fondaco.frontoffice.correspondence.refusals import AccountThere, HostRefused, NotSecure, OthersAccount, PasswordMissing
from fondaco.frontoffice.correspondence.resources import MailAccountResource
from fondaco.frontoffice.correspondence.sealing import NotOurs, opened, sealed
from fondaco.frontoffice.service.models import Mailbox, Ticket
from fondaco.masterdata.parties.models import ContactPoint, Interaction, Relationship
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit.models import Change
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import read
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create, edit
from tests.frontoffice.correspondence import mail_server
from tests.frontoffice.correspondence.conftest import ADDRESS, looked, mail, new_account
from tests.frontoffice.crm.test_crm import person


def standing(account):
    return MailStanding.objects.get(account=account)


def run_jobs():
    """What a worker does for the jobs that wait, within the test's transaction."""
    with unit_of_work("program.jobs", "test"):
        background.look(Actor.program("daily"), lambda *_told: None)
    for job in Job.objects.filter(kind="correspondence.fetch", state=Job.WAITING):
        with unit_of_work("program.jobs", "test"):
            background.fetch_account(None, lambda *_told: None, account=job.parameters["account"])
            job.state = Job.DONE
            job.save()


def subjects():
    return list(MailMessage.objects.order_by("pk").values_list("subject", flat=True))


def numbered(*numbers, **more):
    return [mail(f"text {n}", subject=f"mail {n}", message_id=f"<{n}@duomo.example>", **more) for n in numbers]


def test_mail_of_known_parties_stands_on_their_time_line_in_both_directions(books, post, account):
    party = books.customer(email="info@duomo.example")
    post.put(mail("Ten kilos, please", attached={"order.pdf": b"%PDF"}), mail(sender="Nobody <x@elsewhere.example>", message_id="<9@x>"))
    post.put(
        mail("On its way", sender=ADDRESS, to="info@duomo.example", message_id="<2@house>", In_Reply_To="<1@duomo.example>"), folder="Sent"
    )
    result = looked(account)
    assert (result.brought, result.kept, result.problem) == (3, 2, "")
    told = Interaction.objects.filter(party=party).order_by("pk").values_list("kind", "direction", "title", "body")
    assert list(told) == [("mail", "in", "Coffee", "Ten kilos, please"), ("mail", "out", "Coffee", "On its way")]
    first, second = MailMessage.objects.order_by("pk")
    assert first.thread == second.thread == "<1@duomo.example>" and second.in_reply_to == "<1@duomo.example>"
    attachment = Attachment.objects.get(table_name="correspondence_mailmessage", row_id=first.pk)
    with read(attachment.digest, attachment.name) as content:
        assert (attachment.name, content.read()) == ("order.pdf", b"%PDF")
    now = standing(account)
    assert (now.brought, now.kept, now.behind, now.failures, now.problem) == (3, 2, 0, 0, "") and now.next_at > timezone.now()
    books.assert_checks_hold()


def test_contact_points_and_people_count_and_colleagues_do_not(books, post, account):
    bar, rosa = books.customer(), books.customer("Rosa")
    with unit_of_work("test", "test"):
        ContactPoint.objects.create(party=bar, kind="email", value="Orders@duomo.example", normalised="orders@duomo.example")
        type(rosa).objects.filter(pk=rosa.pk).update(email="rosa@duomo.example")
        Relationship.objects.create(person=rosa, organisation=bar)
        books.vendor("Colleague", email="max@house.example", is_employee=True)
        type(rosa).objects.filter(name="Colleague").update(is_vendor=False)
    post.put(
        mail(sender="orders@duomo.example", message_id="<1@a>"),
        mail(sender="x@y.example", to=f"{ADDRESS}, rosa@duomo.example", message_id="<2@a>"),
    )
    post.put(mail(sender="max@house.example", message_id="<3@a>"))
    looked(account)
    assert list(MailMessage.objects.order_by("pk").values_list("party", flat=True)) == [bar.pk, rosa.pk]


def test_ten_copies_and_a_server_that_counts_anew_make_one_row_each(books, post, account):
    books.customer(email="info@duomo.example")
    post.put(*[mail()] * 10, *numbered(2, 3))
    looked(account)
    assert subjects() == ["Coffee", "mail 2", "mail 3"]
    post.generation("INBOX", 8)
    post.put(*numbered(4), uid=99)
    assert looked(account).kept == 1 and subjects() == ["Coffee", "mail 2", "mail 3", "mail 4"]
    folder = MailFolder.objects.get(account=account, name="INBOX")
    assert (folder.uid_validity, folder.last_uid) == (8, 99)
    assert looked(account).brought == 0  # "100:*" names the last one again, and it is not asked for
    # Numbers that fall back, with the folder emptied and made anew.
    post.clear()
    post.generation("INBOX", 9)
    post.put(*numbered(5), uid=1)
    looked(account)
    assert subjects()[-1] == "mail 5" and MailFolder.objects.get(pk=folder.pk).last_uid == 1


def test_a_line_that_breaks_keeps_what_came_and_the_next_look_brings_the_rest(books, post, account, monkeypatch):
    books.customer(email="info@duomo.example")
    monkeypatch.setattr(imap, "TOGETHER", 3)
    post.put(*numbered(*range(1, 9)))
    post.faults(cut_after=3)
    result = looked(account)
    assert (result.problem, result.kept, result.behind) == ("cut", 3 if result.kept == 3 else 0, 8 - result.kept)
    before = standing(account)
    assert before.failures == 1 and before.problem == "cut" and before.next_at > timezone.now() + timedelta(minutes=4)
    post.faults(cut_inside=2)
    looked(account)
    second = standing(account)
    assert second.failures == 2 and second.next_at > timezone.now() + timedelta(minutes=9)
    post.faults()
    looked(account)
    assert subjects() == [f"mail {n}" for n in range(1, 9)]
    assert (standing(account).failures, standing(account).problem, standing(account).behind) == (0, "", 0)
    books.assert_checks_hold()


@pytest.mark.parametrize(
    ("faults", "problem"),
    [({"nonsense": 1}, "cut nonsense"), ({"endless": 1}, "nonsense"), ({"trickle": 1}, "too_long"), ({"no_answer": 1}, "too_long")],
)
def test_whatever_a_server_does_is_a_failure_that_is_shown(books, post, account, monkeypatch, faults, problem):
    post.put(mail())
    post.faults(**faults)
    monkeypatch.setattr(imap, "SECONDS_TO_ANSWER", 1)
    monkeypatch.setattr(imap.Mailbox.__init__, "__kwdefaults__", {"seconds": 2, "largest": 10_000_000})
    assert looked(account).problem in problem.split()
    assert standing(account).failures == 1


def test_a_wrong_password_or_a_dead_server_rests_longer_each_time_and_try_again_ends_it(books, post, account):
    with unit_of_work("test", "test"):
        MailAccount.objects.filter(pk=account.pk).update(sealed_password=sealed("wrong", fetching.PASSWORD))
    account.refresh_from_db()
    for _time in range(3):
        assert looked(account).problem == "login"
    now = standing(account)
    assert now.failures == 3 and now.next_at > timezone.now() + timedelta(minutes=19) and "wrong password" in now.detail
    assert due(timezone.now()) == []
    assert "refused user name or password" in str(MailAccountResource.wrong(account.pk, books.actor)[0].text)
    books.do("correspondence.enter_password", account.pk, password=mail_server.PASSWORD)
    run_jobs()
    assert standing(account).failures == 0 and MailAccountResource.wrong(account.pk, books.actor) == ()
    post.end()
    post.end = lambda: None
    account.refresh_from_db()
    assert looked(account).problem == "no_answer"


def test_a_poisoned_mail_is_held_back_and_the_next_ones_arrive(books, post, account):
    books.customer(email="info@duomo.example")
    post.put(
        *numbered(1),
        mail().replace(b"Hello", b"Hel\x00lo"),
        mail("gone", message_id="<nil@x>"),
        *numbered(4),
        mail("big", message_id="<b@x>"),
        *numbered(6),
    )
    post.faults(nil_for=3, sizes={"5": 30 * 1024 * 1024})
    result = looked(account)
    assert (result.kept, result.held) == (3, 3) and subjects() == ["mail 1", "mail 4", "mail 6"]
    held = dict(QuarantinedMail.objects.values_list("reason", "explanation"))
    assert set(held) == {"nul", "broken", "too_large"} and "INBOX 3" in held["broken"]
    looked(account)
    assert QuarantinedMail.objects.count() == 3


def test_a_mail_that_the_database_refuses_holds_no_other_up(books, account, monkeypatch):
    books.customer(email="info@duomo.example")
    letters = [Letter(raw, "INBOX", n) for n, raw in enumerate(numbered(1, 2, 3), start=1)]
    monkeypatch.setattr("fondaco.frontoffice.correspondence.filing.storable", lambda text: text)
    letters[1] = Letter(mail(message_id="<" + "x" * 899 + ">", subject="y"), "INBOX", 2)
    with unit_of_work("test", "test"):
        with connection.cursor() as cursor:
            cursor.execute("create temporary table nothing (x int)")  # the transaction goes on being usable
        assert file(account, letters) == ["kept", "kept", "kept"]


def test_private_mail_of_a_person_is_not_kept_even_where_it_is_poisoned(books, post, anna):
    account = new_account(books.company, post, anna[0])
    post.put(
        mail(sender="Mum <mum@home.example>", subject="Sunday?"),
        mail("\x00", sender="Doctor <d@clinic.example>", subject="Your result", message_id="<r@c>"),
    )
    looked(account)
    assert not MailMessage.objects.exists() and not Interaction.objects.filter(kind="mail").exists()
    held = QuarantinedMail.objects.get()
    assert (held.sender, held.subject, bytes(held.raw)) == ("", "", b"") and "INBOX 2" in held.explanation


def test_only_the_owner_sees_a_mail_marked_private_and_the_time_line_says_nothing(books, post, anna):
    party = books.customer(email="info@duomo.example")
    account = new_account(books.company, post, anna[0])
    _user, boss = person("boss", ("*", "company"))
    post.put(mail("A secret"))
    looked(account)
    (key,) = MailMessage.objects.values_list("pk", flat=True)
    seen = lambda actor: [row["subject"] for row in page(resources.MailMessageResource, actor, Query()).rows]  # noqa: E731
    assert seen(boss) == seen(anna[1]) == ["Coffee"]
    with pytest.raises(Exception, match="Only its owner"):
        perform(boss, ACTIONS["correspondence.make_private"], [key])
    perform(anna[1], ACTIONS["correspondence.make_private"], [key])
    assert seen(boss) == [] and seen(anna[1]) == ["Coffee"]
    told = Interaction.objects.get(party=party)
    assert (told.title, told.body) == ("", "")
    assert not Change.objects.filter(table_name="parties_interaction").exists()
    books.assert_checks_hold()
    perform(anna[1], ACTIONS["correspondence.share"], [key])
    told.refresh_from_db()
    assert (told.title, told.body) == ("Coffee", "A secret")


def test_nobody_changes_or_removes_a_mail(books, post, account):
    books.customer(email="info@duomo.example")
    post.put(mail())
    looked(account)
    for statement in (
        "update correspondence_mailmessage set body = 'other'",
        "delete from correspondence_mailmessage",
        "update parties_interaction set title = 'other'",
        "delete from correspondence_mailparty",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_service_mailbox_is_fetched_into_tickets(books, post):
    with unit_of_work("test", "test"):
        Mailbox.objects.create(company=books.company, address="help@house.example")
    account = new_account(books.company, post, address="help@house.example")
    post.put(*numbered(1, 2, to="help@house.example"), mail(Auto_Submitted="auto-replied", message_id="<auto@x>"))
    result = looked(account)
    assert (result.kept, result.held) == (2, 1) and Ticket.objects.count() == 2


def test_the_password_is_sealed_shown_to_nobody_and_forgotten_with_the_server(books, post):
    given = {
        "company": books.company.pk,
        "address": "Anna@House.example",
        "imap_host": "127.0.0.1",
        "imap_port": post.imap_port,
        "imap_security": "plain",
    }
    (key,) = create(books.actor, MailAccountResource, [given]).ids
    with pytest.raises(PasswordMissing, match="no password yet"):
        books.do("correspondence.fetch", key)
    books.do("correspondence.enter_password", key, password="open sesame")
    account = MailAccount.objects.get(pk=key)
    assert "sesame" not in account.sealed_password and opened(account.sealed_password, fetching.PASSWORD) == "open sesame"
    with pytest.raises(NotOurs):
        opened(account.sealed_password, "another purpose")
    assert "sealed_password" not in {c.path for c in MailAccountResource.detail()} | set(MailAccountResource.writable)
    assert not any("sealed_password" in c or "sesame" in str(c) for c in Change.objects.values_list("changes", flat=True))
    assert "sesame" not in str(list(Job.objects.values()))
    edit(books.actor, MailAccountResource, {key: {"imap_host": "imap.evil.example", "imap_security": "tls"}})
    assert MailAccount.objects.get(pk=key).sealed_password == ""


def test_a_restored_database_under_another_secret_says_so(books, post, account, settings):
    settings.SECRET_KEY = "another"
    assert looked(account).problem == "sealed_elsewhere"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "0.0.0.0", "::ffff:127.0.0.1"])
def test_no_account_reaches_into_the_own_network_unless_the_operator_opens_it(books, post, account, monkeypatch, host):
    monkeypatch.delenv("FONDACO_INSIDE_HOSTS")
    account.imap_host = host
    assert looked(account).problem in ("inside", "unknown_host")
    monkeypatch.setenv("FONDACO_INSIDE_HOSTS", "127.0.0.0/8")
    account.imap_host = "127.0.0.1"
    assert looked(account).problem == ""


def test_what_cannot_be_an_account_is_refused(books, anna):
    given = {"company": books.company.pk, "address": "a@b.example", "imap_host": "imap.b.example"}
    with pytest.raises(NotSecure, match="without encryption"):
        create(books.actor, MailAccountResource, [given | {"imap_security": "plain"}])
    with pytest.raises(HostRefused):
        create(books.actor, MailAccountResource, [given | {"imap_host": "http://x/y"}])
    other, _actor = person("other")
    with pytest.raises(OthersAccount):
        create(anna[1], MailAccountResource, [given | {"user": other.pk}])
    (key,) = create(anna[1], MailAccountResource, [given]).ids
    with pytest.raises(AccountThere):
        create(anna[1], MailAccountResource, [given])
    assert MailAccount.objects.get(pk=key).user == anna[0]


def test_due_accounts_are_looked_into_each_by_a_job_of_its_own(books, post, account):
    books.customer(email="info@duomo.example")
    post.put(mail())
    assert background._is_wanted()
    with unit_of_work("program.jobs", "test"):
        assert background.look(books.actor, lambda *_a: None)["accounts"] == 1
        assert background.look(books.actor, lambda *_a: None)["accounts"] == 0  # it waits already
    run_jobs()
    assert subjects() == ["Coffee"] and not background._is_wanted()


def test_filing_costs_the_same_statements_for_one_and_for_forty(books, account):
    books.customer(email="info@duomo.example")

    def cost(numbers):
        with (
            unit_of_work("test", "test"),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            assert file(account, [Letter(raw) for raw in numbered(*numbers)]) == ["kept"] * len(numbers)
        return len(queries)

    assert cost(range(1, 2)) == cost(range(2, 42))


def test_verbs_cost_the_same_statements_for_one_and_for_twenty(books, post, anna):
    books.customer(email="info@duomo.example")
    accounts = [new_account(books.company, post, anna[0], address=f"a{n}@house.example").pk for n in range(21)]
    with unit_of_work("test", "test"):
        file(MailAccount.objects.get(pk=accounts[0]), [Letter(raw) for raw in numbered(*range(21))])
    mails = list(MailMessage.objects.order_by("pk").values_list("pk", flat=True))
    for key, ids, given in (
        ("enter_password", accounts, {"password": "x"}),
        ("fetch", accounts, {}),
        ("make_private", mails, {}),
        ("share", mails, {}),
    ):
        counts = []
        for some in (ids[:1], ids[1:]):
            with CaptureQueriesContext(connection) as queries:
                perform(anna[1], ACTIONS[f"correspondence.{key}"], some, given)
            counts.append(len(queries))
        assert counts[0] == counts[1], key
