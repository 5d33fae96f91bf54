"""The outbox: one effect a key, failures that rest and are given up visibly, and the switch that keeps all in the house."""

import smtplib
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.events import pausing
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import SettingsFault, into_folder, send_due, transport_of
from fondaco.platform.jobs.resources import OutboxResource
from fondaco.platform.resources.reading import Query, page

ACTOR = Actor.program("test")


def put(key="k", **values):
    payload = {"from_name": "Help", "from_address": "help@x.example", "to": ["a@b.example"], "subject": "S", "text": "T", "headers": {}}
    with unit_of_work("test", "test"):
        return OutboxMessage.objects.create(key=key, channel="mail", payload={**payload, **values})


def rest_over(message):
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


class Post:
    """A mail server that keeps what it takes, and first raises the errors it was given."""

    def __init__(self, *errors):
        self.errors, self.taken = list(errors), []

    def __call__(self, key, mail):
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append((key, mail.message()["From"]))


def test_each_message_is_sent_once(db):
    put("one"), put("two")
    post = Post()
    assert send_due(transport=post).sent == 2
    assert send_due(transport=post).sent == 0
    assert post.taken == [("one", "Help <help@x.example>"), ("two", "Help <help@x.example>")]
    with pytest.raises(IntegrityError), transaction.atomic():
        put("one")


def test_without_a_way_to_send_messages_stay_to_be_sent(db, monkeypatch):
    monkeypatch.delenv("FONDACO_SMTP_URL", raising=False)
    put()
    assert send_due().kept == "FONDACO_SMTP_URL is not set"
    assert len(page(OutboxResource, ACTOR, Query(filters={"waiting": "1"})).rows) == 1


def test_a_failure_rests_and_is_tried_again(db):
    message = put()
    post = Post(OSError("no route"))
    assert send_due(transport=post).failed == 1
    message.refresh_from_db()
    assert (message.attempts, message.last_error) == (1, "OSError: no route")
    assert timedelta(seconds=50) < message.next_attempt_at - timezone.now() <= timedelta(minutes=1)
    assert send_due(transport=post) == send_due(transport=post)
    rest_over(message)
    assert send_due(transport=post).sent == 1


def test_a_refusal_for_good_and_too_many_failures_are_given_up_until_somebody_says_again(db):
    refused = put("refused")
    send_due(transport=Post(smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"unknown")})))
    tired = put("tired")
    for _attempt in range(OutboxMessage.MOST_ATTEMPTS):
        rest_over(tired)
        send_due(transport=Post(OSError("down")))
    given_up = page(OutboxResource, ACTOR, Query(filters={"given_up": "1"})).rows
    assert {r["pk"] for r in given_up} == {refused.pk, tired.pk}
    perform(ACTOR, ACTIONS["events.send_again"], [tired.pk])
    assert send_due(transport=Post()).sent == 1


def test_a_bad_mail_does_not_hold_up_the_next(db):
    put("bad", subject="two\nlines"), put("broken", to=None), put("good")
    post = Post()
    result = send_due(transport=post)
    assert [key for key, _from in post.taken] == ["good"] and result.sent == 1


def test_paused_after_a_restore_nothing_leaves(db, tmp_path, monkeypatch):
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    put()
    pausing.pause("restored from a.backup")
    assert send_due(transport=Post()).kept == "restored from a.backup"
    pausing.resume()
    assert send_due(transport=Post()).sent == 1


def test_into_a_folder_one_file_for_each_effect(db, tmp_path):
    put("one")
    send = into_folder(tmp_path)
    assert send_due(transport=send).sent == 1
    with unit_of_work("test", "test"):
        OutboxMessage.objects.update(sent_at=None)
    assert send_due(transport=send).sent == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_settings_that_cannot_be_used_are_said():
    with pytest.raises(SettingsFault, match="must look like"):
        transport_of("http://mail.example")
    assert transport_of("smtp://u:p@mail.example") and transport_of("") is None


def test_four_workers_send_each_message_once(live_database):
    for number in range(20):
        put(f"race {number}")
    post, lock = [], threading.Lock()

    def take(key, mail):
        with lock:
            post.append(key)

    def work():
        try:
            send_due(transport=take)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(post) == sorted(f"race {n}" for n in range(20))
