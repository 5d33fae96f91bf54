"""MK-05, SA-02, SV-01: a form that anybody fills in makes a lead or a ticket, once, with source, campaign and consent; hostile ones make nothing that acts."""

import html
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.forms.models import Form, FormField, FormVisits, Submission
from fondaco.frontoffice.forms.queries import brought
from fondaco.frontoffice.forms.refusals import AsksTooLittle, ConsentOfOther, NotTakenIn
from fondaco.frontoffice.forms.stamping import Stamp, read
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.interfaces.web.marking import marked
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.models import ConsentEvent, Purpose
from fondaco.masterdata.consent.queries import may, purpose_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.files.attaching import attach
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.exporting import export
from fondaco.platform.resources.reading import Query
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books

FIELDS = [
    {"kind": "name", "is_required": True},
    {"kind": "organisation"},
    {"kind": "email"},
    {"kind": "phone"},
    {"kind": "choice", "label": "What for?", "label_it": "Per che cosa?", "options": "Bar | Hotel|Office"},
    {"kind": "message"},
]
SENT = {
    "name": "Anna Bruni",
    "organisation": "Bar Bruni",
    "email": "Anna@Bruni.example",
    "phone": "+39 02 1234567",
    "message": "Two machines, please.",
}


def form_of(books, target="lead", fields=(), **values):
    given = {
        "company": books.company.pk, "name": f"Form {target}", "title": "Ask us", "title_it": "Ci chieda", "target": target, "least_seconds": 0,
        "fields": [*FIELDS, *fields], **values,
    }  # fmt: skip
    return Form.objects.get(pk=create(ACTOR, RESOURCES["forms"], [given]).ids[0])


def opened(form, address="", **headers):
    """The page as somebody sees it, and the stamp in it."""
    page = Client().get(form.path + address, headers=headers)
    assert page.status_code == 200
    text = page.content.decode()
    return text, html.unescape(re.search(r'name="stamp" value="([^"]+)"', text)[1])


def posted(form, stamp, **more):
    return Client(enforce_csrf_checks=True).post(form.path, SENT | {"stamp": stamp} | more, REMOTE_ADDR=more.pop("ip", "203.0.113.9"))


def choice(form):
    return f"choice_{form.fields.get(kind='choice').pk}"


def test_an_enquiry_of_a_campaign_becomes_one_lead_with_consent(books):
    books.do("companies.load_purposes", books.company.pk)
    newsletter, marketing = (purpose_of(books.company.pk, code) for code in ("newsletter", "marketing"))
    boxes = [{"kind": "consent", "purpose": p.pk, "channel": "email"} for p in (newsletter, marketing)]
    form = form_of(books, fields=boxes)
    consent = {f"consent_{f.pk}": "yes" for f in form.fields.filter(kind="consent")}
    text, stamp = opened(form, "?utm_source=Fair&utm_campaign=autumn&lang=it", referer="https://www.bars.example/list?id=7")
    shown = ConsentEvent(purpose=marketing)  # what the page shows is the text of its purpose, in Italian, and no box is ticked
    assert "marketing" in text and "checked" not in text and str(shown.purpose.texts.get().text_it[:40]) in html.unescape(text)
    books.do("consent.publish_text", marketing.pk, text="Other words", text_it="Altre parole")  # after the page was opened
    assert "Grazie" in posted(form, stamp, **consent, **{choice(form): "Bar"}).content.decode()
    lead, submission = Lead.objects.get(), Submission.objects.get()
    assert (lead.party.name, lead.contact_name, lead.email, lead.source, lead.party.language) == (
        "Bar Bruni",
        "Anna Bruni",
        "anna@bruni.example",
        "campaign",
        "it",
    )
    assert lead.interest.startswith("Two machines, please.") and "Per che cosa?: Bar" in lead.interest
    assert (submission.source, submission.campaign, submission.referrer, submission.lead) == (
        "fair",
        "autumn",
        "www.bars.example/list",
        lead,
    )
    events = {e.purpose.code: e for e in ConsentEvent.objects.select_related("purpose", "text")}
    assert (events["newsletter"].kind, events["marketing"].kind) == ("asked", "given")  # one wants a link to be followed
    assert (
        events["marketing"].text.edition == 1
        and events["marketing"].remote_address == "203.0.113.9"
        and events["marketing"].party == lead.party
    )
    assert may([lead.party_id], marketing, "email")[lead.party_id] and not may([lead.party_id], newsletter, "email")[lead.party_id]
    assert OutboxMessage.objects.get(key__startswith="consent.asked").payload["to"] == ["anna@bruni.example"]
    # The same page sent again is the same enquiry; another page of the same sender joins the lead that is open.
    posted(form, stamp, **consent, message="Again")
    assert Submission.objects.count() == Lead.objects.count() == 1
    posted(form, opened(form)[1], message="And a grinder.")
    assert Submission.objects.count() == 2 and Lead.objects.get().interest.endswith(f"And a grinder.\n({form.name})")
    Client().get(form.path + "?preview=1")
    rows = {
        r.source: (r.visits, r.sent)
        for r in brought(books.company, timezone.localdate() - timedelta(days=1), timezone.localdate() + timedelta(days=1))
    }
    assert rows == {"fair": (1, 1), "": (1, 1)}
    books.assert_checks_hold()


def test_a_question_becomes_a_ticket_of_its_queue(books):
    anna = books.customer("Bar Bruni", email="anna@bruni.example")
    form = form_of(books, target="ticket", queue="web", fields=[{"kind": "subject"}])
    assert posted(form, opened(form)[1], subject="No steam").status_code == 200
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.queue, ticket.party, ticket.subject, ticket.contact_email) == (
        "web",
        "web",
        anna,
        "No steam",
        "anna@bruni.example",
    )
    assert TicketMessage.objects.get().body.startswith("Two machines, please.")
    assert Submission.objects.get().ticket == ticket and not Lead.objects.exists()
    books.assert_checks_hold()


def test_what_is_hostile_makes_nothing_that_acts(books):
    form = form_of(books, least_seconds=3, most_an_hour=4)
    assert Client().get("/f/nothing").status_code == 404 and Client().post("/f/%00", {}).status_code == 404
    # Too quick, made up, of another form, or without any stamp: shown once more, with what was typed, and nothing is taken.
    other = form_of(books, name="Another")
    for stamp in (
        opened(form)[1],
        "",
        "x" * 5000,
        "e30~x",
        Stamp(form.pk, "en", at=1).sealed(),
        opened(other)[1],
        Stamp(form.pk, "en").sealed()[:-2],
    ):
        page = posted(form, stamp)
        assert page.status_code == 200 and "Two machines, please." in page.content.decode()
    assert not Submission.objects.exists() and not Party.objects.exists()
    Form.objects.filter(pk=form.pk).update(least_seconds=0)
    form.refresh_from_db()
    # A machine that fills in everything hears thanks, and what it sent lies apart.
    assert posted(form, opened(form)[1], website="http://spam").status_code == 200
    assert Submission.objects.get().verdict == "spam" and not Lead.objects.exists()
    # What is wrong or too much is said field by field, and what was typed stays.
    wrong = posted(form, opened(form)[1], email="nobody", name="", message="x" * 10_001, **{choice(form): "Castle"})
    assert wrong.status_code == 422 and wrong.content.decode().count('class="error"') == 4 and Submission.objects.count() == 1
    assert posted(form, opened(form)[1], message="x" * 3_000_000).status_code == 413
    # Script and formulas travel as text.
    evil = '=HYPERLINK("http://x")<script>alert(1)</script>'
    assert posted(form, opened(form)[1], name=evil, organisation="", message=f"{evil}\u0007\x00", user_agent="x").status_code == 200
    lead = Lead.objects.get()
    assert lead.party.name == evil and "\x00" not in lead.interest and "\u0007" not in lead.interest
    sheet = export(RESOURCES["submissions"], ACTOR, Query(), format="csv", columns=RESOURCES["submissions"].detail()).file.read()
    assert b"\n=" not in sheet and b",=" not in sheet and b"=HYPERLINK" in sheet
    text = posted(form, "", name=evil).content.decode()
    assert "<script>alert" not in text and "script-src 'self';" in posted(form, "").headers["Content-Security-Policy"]
    # One network address sends so much an hour, and no more.
    for n in range(2):
        assert posted(form, opened(form)[1], email=f"n{n}@example.com", name=f"N{n}").status_code == 200
    assert posted(form, opened(form)[1], email="last@example.com").status_code == 429
    assert not Lead.objects.filter(email="last@example.com").exists()
    stamp = opened(form)[1]
    assert Client().post(form.path, SENT | {"stamp": stamp, "email": "last@example.com"}, REMOTE_ADDR="203.0.113.77").status_code == 200
    for n in range(130):
        Client().get(form.path, {"utm_source": f"s{n}"})
    assert FormVisits.objects.filter(form=form).count() <= 102
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update forms_submission set said = ''")
    Form.objects.filter(pk=form.pk).update(is_open=False)
    assert posted(form, stamp).status_code == 404


def test_what_was_judged_to_be_spam_is_taken_in_after_all_once(books):
    enquiry, question = form_of(books), form_of(books, target="ticket", queue="web")
    for form, count in ((enquiry, 3), (question, 2)):
        for n in range(count):
            stamp = opened(form, "?utm_source=fair")[1]
            posted(form, stamp, website="http://auto.example", email=f"{form.target}{n}@bar.example", name=f"N{n}", organisation=f"O{n}")
    spam = {s.contact: s.pk for s in Submission.objects.filter(verdict="spam")}
    posted(enquiry, opened(enquiry)[1], website="x", email="nobody")
    nowhere = Submission.objects.get(contact="nobody")
    assert len(spam) == 5 and not Lead.objects.exists() and not Ticket.objects.exists()
    with pytest.raises(NotTakenIn, match="no address"):
        books.do("forms.take_in", [nowhere.pk, spam["lead0@bar.example"]])
    assert not Lead.objects.exists(), "all or none"
    books.do("forms.take_in", [spam["lead0@bar.example"], spam["ticket0@bar.example"]])
    taken = Submission.objects.get(after_all=spam["lead0@bar.example"])
    assert (taken.verdict, taken.source, taken.lead.email, taken.lead.interest.split("\n")[0]) == ("taken", "fair", "lead0@bar.example", "Two machines, please.")  # fmt: skip
    assert (
        Ticket.objects.get().contact_email == "ticket0@bar.example"
        and Submission.objects.get(pk=spam["lead0@bar.example"]).verdict == "spam"
    )
    with pytest.raises(NotTakenIn, match="already"):
        books.do("forms.take_in", spam["lead0@bar.example"])
    with pytest.raises(NotTakenIn, match="already"):
        books.do("forms.take_in", taken.pk)
    # By no other door: another's words, or what was no spam.
    for wrong in ({"after_all": nowhere, "contact": "else@bar.example"}, {"after_all": taken, "contact": taken.contact}):
        with pytest.raises(NotTakenIn), refusals_translated(), unit_of_work("attacker", "attack"):
            insert_rows(Submission, [Submission(form=enquiry, at=timezone.now(), stamp="s", verdict="taken", lead=taken.lead, **wrong)])

    def counted(*contacts):
        with CaptureQueriesContext(connection) as seen:
            books.do("forms.take_in", [spam[c] for c in contacts])
        return len(seen)

    one = counted("lead1@bar.example")
    with unit_of_work("t", "t"):
        more = [Submission(form=enquiry, at=timezone.now(), stamp=f"m{n}", verdict="spam", contact=f"m{n}@x.example", language="en", answers={"email": f"m{n}@x.example", "message": "m", "name": f"M{n}"}) for n in range(9)]  # fmt: skip
        insert_rows(Submission, more)
    spam |= {s.contact: s.pk for s in more}
    assert counted(*(s.contact for s in more)) <= one + 1
    books.assert_checks_hold()


def test_a_form_asks_for_enough_and_shows_only_what_is_its_own(books):
    with pytest.raises(AsksTooLittle):
        create(ACTOR, RESOURCES["forms"], [{"company": books.company.pk, "name": "x", "title": "x", "fields": [{"kind": "name"}]}])
    with pytest.raises(AsksTooLittle):
        create(
            ACTOR,
            RESOURCES["forms"],
            [{"company": books.company.pk, "name": "x", "title": "x", "target": "ticket", "fields": [{"kind": "email"}]}],
        )
    other = open_books(code="OTHER")
    assert Company.objects.count() == 2
    other.do("companies.load_purposes", other.company.pk)
    bare = form_of(books, name="Bare")
    with pytest.raises(ConsentOfOther), refusals_translated(), unit_of_work("t", "t"):
        FormField.objects.create(form=bare, kind="consent", purpose=Purpose.objects.first(), channel="email")
    form = form_of(
        books,
        embed_in="https://www.bar.example/",
        blocks=[
            {"kind": "heading", "text": "Hello **you**"},
            {"kind": "text", "text": "One *line*,\nand another.\n\nA paragraph.\n\n- a\n- b"},
            {"kind": "picture", "picture": "bar.png"},
            {"kind": "form"},
        ],
    )
    attach(ACTOR, RESOURCES["forms"], form.pk, [("bar.png", [b"\x89PNG\r\n\x1a\nxxxx"]), ("secret.pdf", [b"%PDF-1.4"])])
    page = Client().get(form.path)
    assert (
        "frame-ancestors https://www.bar.example;" in page.headers["Content-Security-Policy"]
        and "Access-Control-Allow-Origin" not in page.headers
    )
    assert "Hello <strong>you</strong>" in page.content.decode()
    assert "<p>One <em>line</em>,<br>and another.</p>\n<p>A paragraph.</p>\n<ul><li>a</li><li>b</li></ul>" in page.content.decode()
    url = re.search(r'src="(/f/[^"]+/pictures/\d+)"', page.content.decode())[1]
    assert Client().get(url)["Content-Type"] == "image/png"
    with connection.cursor() as cursor:
        cursor.execute("select id from files_attachment where name = 'secret.pdf'")
        (secret,) = cursor.fetchone()
    assert Client().get(f"{form.path}/pictures/{secret}").status_code == 404
    assert read(Stamp(form.pk, "en").sealed(), form.pk + 1) is None
    assert str(marked("# A\n- **b** [x](javascript:alert) [y](https://z.example/?a=1&b)\n\n<i>")) == (
        '<h2>A</h2>\n<ul><li><strong>b</strong> [x](javascript:alert) <a href="https://z.example/?a=1&amp;b" rel="noopener nofollow">y</a></li></ul>\n<p>&lt;i&gt;</p>'
    )
