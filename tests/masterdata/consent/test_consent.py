"""MK-01: consent per purpose and channel with proof; stopping works at once, also for mail that waits; merges carry the stricter word over, and undo."""

from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.masterdata.consent.asking import agreed
from fondaco.masterdata.consent.choosing import GOOD_FOR
from fondaco.masterdata.consent.expiring import expire
from fondaco.masterdata.consent.links import Reader, confirm_path, preferences_path, stop_path
from fondaco.masterdata.consent.models import GIVEN, ConsentEvent, Purpose, PurposeText
from fondaco.masterdata.consent.queries import may, purpose_of, standings
from fondaco.masterdata.consent.recording import Proof, Word, ends
from fondaco.masterdata.consent.refusals import NobodyConsented, NoText, ProvesNothing, WrongChannel
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due

FORM = Proof("form Newsletter", "it", "two boxes", "203.0.113.9", "Firefox")


@pytest.fixture
def house(books):
    books.do("companies.load_purposes", books.company.pk)
    return books


def purpose(books, code="newsletter"):
    return purpose_of(books.company.pk, code)


def agree(books, party, code="newsletter", **more):
    books.do("parties.give_consent", party.pk, purpose=purpose(books, code).pk, channel="email", evidence="Signed card, folder 3", **more)


def allowed(books, target, code="newsletter", channel="email"):
    return may([target], purpose(books, code), channel)[target]


def sent():
    """The mails of one round of the outbox: addresses."""
    letters: list[EmailMessage] = []
    send_due(transport=lambda _key, mail: letters.append(mail))
    return letters


def test_a_newsletter_from_the_form_to_the_link_that_stops_it(house):
    anna = house.customer("Anna Bruni", email="anna@example.com", language="it")
    word = Word(purpose(house), "email", GIVEN, anna.pk, "anna@example.com", FORM)
    with unit_of_work("visitor", "form"):
        (asked,) = agreed([word])
    assert asked.kind == "asked" and not allowed(house, anna.pk)
    (mail,) = sent()
    assert mail.to == ["anna@example.com"] and mail.subject.startswith("Conferma")
    path = confirm_path(asked.pk)
    assert path in mail.body
    browser = Client()
    page = browser.get(path)
    assert asked.text.text_it in page.content.decode() and not allowed(house, anna.pk)  # whoever only looks has agreed to nothing
    assert browser.post(path).status_code == browser.post(path).status_code == 200
    assert allowed(house, anna.pk) and allowed(house, "anna@example.com")
    confirmed = ConsentEvent.objects.get(kind="confirmed")  # once, though posted twice
    assert (confirmed.text, confirmed.answers, confirmed.remote_address) == (asked.text, asked, "127.0.0.1")
    assert Interaction.objects.filter(party=anna, kind="consent").count() == 2

    # Two mails are written; she stops between them, by the button of her mail program.
    silent = house.customer("Silent")
    outcome = house.do("parties.send_mailing", [anna.pk, silent.pk], purpose=purpose(house).pk, subject="News", body="Coffee is here.")
    assert "1 of 2" in outcome.told["left_out"]
    (letter,) = sent()
    stop = stop_path(Reader(house.company.pk, anna.pk, "anna@example.com"), "newsletter")
    assert (
        letter.extra_headers["List-Unsubscribe"].endswith(f"{stop}>")
        and letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    )
    house.do("parties.send_mailing", anna.pk, purpose=purpose(house).pk, subject="More news", body="And tea.")
    assert browser.get(stop).status_code == 200 and allowed(house, anna.pk)
    assert Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not allowed(house, anna.pk) and not allowed(house, "anna@example.com")
    assert sent() == []
    waiting = OutboxMessage.objects.get(withheld_at__isnull=False)
    assert waiting.sent_at is None and waiting.last_error and waiting.payload["subject"] == "More news"
    assert sent() == []
    browser.post(stop)
    assert ConsentEvent.objects.filter(kind="withdrawn").count() == 1  # stopped is stopped
    house.assert_checks_hold()


def test_the_page_of_preferences_changes_what_was_changed_and_shows_the_proof(house):
    anna = house.customer("Anna Bruni", email="anna@example.com", phone="+390212345678", language="it")
    agree(house, anna, "marketing")
    path = preferences_path(Reader(house.company.pk, anna.pk, "anna@example.com"))
    browser = Client()
    page = browser.get(path, headers={"accept-language": "en"}).content.decode()
    assert "Offerte e novità" in page and 'value="marketing.email" checked' in page and 'value="marketing.phone">' in page
    done = browser.post(path, {"wants": ["marketing.phone", "newsletter.email", "nothing.email", "x"]}, headers={"user-agent": "Firefox"})
    assert done.status_code == 200
    words = {
        (e.purpose.code, e.channel, e.kind) for e in ConsentEvent.objects.exclude(evidence__startswith="Signed").select_related("purpose")
    }
    assert words == {("marketing", "email", "withdrawn"), ("marketing", "phone", "given"), ("newsletter", "email", "given")}
    given = ConsentEvent.objects.get(purpose__code="marketing", channel="phone")
    assert (given.remote_address, given.user_agent, given.language, given.text.edition) == ("127.0.0.1", "Firefox", "it", 1)
    for wrong in (path[:-1], path + "x", "/c/x~y", "/c/confirm/x", preferences_path(Reader(house.company.pk, None, ""))):
        assert browser.post(wrong, {"wants": []}).status_code == 404
    assert ConsentEvent.objects.count() == 4


def test_the_last_word_counts_and_the_stricter_of_two_duplicates(house):
    anna, bruno = house.customer("Anna", email="shared@example.com"), house.customer("Bruno")
    assert not allowed(house, "shared@example.com")
    agree(house, anna)
    assert allowed(house, anna.pk) and allowed(house, "shared@example.com")
    house.do("parties.withdraw_consent", bruno.pk, evidence="Called, wants nothing")
    house.do("parties.merge", bruno.pk, into=anna.pk)
    assert not allowed(house, anna.pk) and not allowed(house, "shared@example.com")
    house.do("parties.unmerge", bruno.pk, reason="Two people")
    assert allowed(house, anna.pk) and allowed(house, "shared@example.com") and not allowed(house, bruno.pk)
    # The other way round: who remains has said nothing, and has what the duplicate agreed to until that is undone.
    carla = house.customer("Carla")
    house.do("parties.merge", anna.pk, into=carla.pk)
    assert allowed(house, carla.pk) and ConsentEvent.objects.filter(party=carla).get().carries.party == anna
    house.do("parties.unmerge", anna.pk, reason="No")
    assert not allowed(house, carla.pk)
    # A card of last month does not undo what was withdrawn yesterday.
    house.do("parties.withdraw_consent", anna.pk, evidence="Mail")
    agree(house, anna, on=str(timezone.localdate() - timedelta(days=30)))
    assert not allowed(house, anna.pk)
    # Who withdrew as an address only is withdrawn as a party that turns out to have it.
    with unit_of_work("visitor", "t"):
        agreed([Word(purpose(house, "marketing"), "email", "withdrawn", None, "dora@example.com", FORM)])
    dora = house.customer("Dora", email="dora@example.com")
    assert standings([dora.pk], [purpose(house, "marketing").pk])[dora.pk, purpose(house, "marketing").pk, "email"].state == "withdrawn"
    house.assert_checks_hold()


def test_what_a_basis_means_and_what_runs_out(house):
    anna = house.customer("Anna", email="anna@example.com")
    with unit_of_work("t", "t"):
        Purpose.objects.create(company=house.company, code="soft", name="Own customers", basis="interest")
        Purpose.objects.create(company=house.company, code="billing", name="Billing", basis="contract")
    assert allowed(house, anna.pk, "soft") and allowed(house, anna.pk, "billing") and not allowed(house, anna.pk, "soft", "phone")
    house.do("parties.withdraw_consent", anna.pk, evidence="Objects")
    assert not allowed(house, anna.pk, "soft") and allowed(house, anna.pk, "billing")
    assert may([anna.pk], None, "email") == {anna.pk: False}
    bruno = house.customer("Bruno", email="bruno@example.com")
    agree(house, bruno, "profiling", on=str(timezone.localdate() - timedelta(days=366)))
    assert not allowed(house, bruno.pk, "profiling")
    with unit_of_work("program", "t"):
        assert (expire(timezone.localdate()), expire(timezone.localdate())) == (1, 0)
    assert ends(purpose(house, "profiling"), date(2024, 2, 29)) == date(2025, 2, 28)
    assert ends(purpose(house, "marketing"), date(2024, 8, 31)) == date(2026, 8, 31)


def test_a_text_never_changes_and_nothing_is_proven_by_another(house):
    anna = house.customer("Anna", email="anna@example.com")
    agree(house, anna)
    house.do("consent.publish_text", purpose(house).pk, text="New words", text_it="Parole nuove")
    assert list(PurposeText.objects.filter(purpose=purpose(house)).values_list("edition", flat=True).order_by("edition")) == [1, 2]
    assert ConsentEvent.objects.get().text.edition == 1
    event, other = ConsentEvent.objects.get(), PurposeText.objects.get(purpose__code="marketing")
    for statement in (
        "update consent_consentevent set kind = 'withdrawn'",
        "delete from consent_consentevent",
        "update consent_purposetext set text = 'x'",
        f"update consent_consentevent set merge_id = null where id = {event.pk}",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    wrong = {"purpose": event.purpose, "channel": "email", "kind": "given", "at": timezone.now(), "party": anna, "source": "t"}
    for more, refusal in (
        ({"text": other}, ProvesNothing),
        ({}, NoText),
        ({"text": event.text, "channel": "phone"}, WrongChannel),
        ({"text": event.text, "kind": "confirmed", "answers": event}, ProvesNothing),
    ):
        with pytest.raises(refusal), refusals_translated(), unit_of_work("t", "t"):
            ConsentEvent.objects.create(**wrong | more)
    with pytest.raises(NobodyConsented):
        house.do("parties.send_mailing", house.customer("Silent").pk, purpose=purpose(house).pk, subject="News", body="x")
    assert OutboxMessage.objects.count() == 0
    asked = ConsentEvent(
        **wrong
        | {
            "text": PurposeText.objects.get(purpose=event.purpose, edition=2),
            "kind": "asked",
            "address": "a@b.it",
            "at": timezone.now() - GOOD_FOR - timedelta(days=1),
        }
    )
    with unit_of_work("t", "t"):
        asked.save()
    assert Client().post(confirm_path(asked.pk)).status_code == 404  # too late


def test_statements_do_not_grow(house):
    many = [house.customer(f"Party {n}", email=f"p{n}@example.com") for n in range(12)]
    news = purpose(house)

    def count(work):
        with CaptureQueriesContext(connection) as seen:
            work()
        return len(seen)

    def grows(one, all_of):
        first, rest = count(one), count(all_of)
        assert rest <= first, (first, rest)

    key, keys = many[0].pk, [p.pk for p in many[1:]]
    for verb, more in (
        ("parties.ask_consent", {"purpose": news.pk}),
        ("parties.give_consent", {"purpose": news.pk, "channel": "email", "evidence": "x"}),
        ("parties.send_mailing", {"purpose": news.pk, "subject": "s", "body": "b"}),
        ("parties.withdraw_consent", {"evidence": "x"}),
    ):
        grows(lambda v=verb, m=more: house.do(v, key, **m), lambda v=verb, m=more: house.do(v, keys, **m))
    assert (
        count(lambda: may([key, many[0].email], news, "email")) == count(lambda: may([*keys, *(p.email for p in many)], news, "email")) <= 6
    )
    others = [house.customer(f"Other {n}") for n in range(2)]
    grows(lambda: house.do("parties.merge", key, into=others[0].pk), lambda: house.do("parties.merge", keys, into=others[1].pk))
    purposes = [p.pk for p in Purpose.objects.all()]
    grows(
        lambda: house.do("consent.publish_text", news.pk, text="a", text_it="b"),
        lambda: house.do("consent.publish_text", purposes, text="a", text_it="b"),
    )
    house.assert_checks_hold()
