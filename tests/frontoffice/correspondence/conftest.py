"""A mail server in a process of its own, and an account that is read from it."""

import itertools
import json
import subprocess
import sys
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from fondaco.frontoffice.correspondence.fetching import PASSWORD as SEALED_FOR
from fondaco.frontoffice.correspondence.fetching import fetch
from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.frontoffice.correspondence.sealing import sealed
from fondaco.platform.database.unit import unit_of_work
from tests.frontoffice.correspondence import mail_server
from tests.frontoffice.crm.test_crm import person

ADDRESS = mail_server.USER


def mail(
    text="Hello",
    *,
    sender="Bar Duomo <info@duomo.example>",
    to=ADDRESS,
    subject="Coffee",
    message_id="<1@duomo.example>",
    html="",
    **headers,
):
    """A mail as bytes; further headers by name, with ``_`` for ``-``; ``attached`` are names and bytes."""
    message = EmailMessage()
    attached = headers.pop("attached", {})
    for name, value in {"From": sender, "To": to, "Subject": subject, "Message-ID": message_id, **headers}.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in attached.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


class Post:
    """The mail server of a test: what lies in its folders, and how it misbehaves."""

    def __init__(self, home: Path, certificate: str = "") -> None:
        self.home, self.numbers = home, itertools.count(1)
        for folder in ("INBOX", "Sent", "smtp"):
            (home / folder).mkdir(parents=True, exist_ok=True)
            self.generation(folder, 7)
        # Its standard input is ours: the server ends with the test, whatever happens to it.
        self.process = subprocess.Popen(
            [sys.executable, mail_server.__file__, str(home), *filter(None, [certificate])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        self.imap_port, self.smtp_port = map(int, self.process.stdout.readline().split())

    def generation(self, folder: str, number: int) -> None:
        (self.home / folder / "validity").write_text(str(number))

    def put(self, *raws: bytes, folder: str = "INBOX", uid: int | None = None) -> None:
        for raw in raws:
            (self.home / folder / f"{uid or next(self.numbers)}.eml").write_bytes(raw)

    def clear(self, folder: str = "INBOX") -> None:
        for path in (self.home / folder).glob("*.eml"):
            path.unlink()

    def faults(self, **faults) -> None:
        (self.home / "faults.json").write_text(json.dumps(faults))

    def taken(self) -> list[bytes]:
        return [p.read_bytes() for p in sorted((self.home / "smtp").glob("*.eml"))]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.setenv("FONDACO_INSIDE_HOSTS", "127.0.0.1, localhost")
    server = Post(tmp_path / "mail")
    yield server
    server.end()


def new_account(company, post, user=None, address=ADDRESS, **values):
    given = {
        "imap_host": "127.0.0.1", "imap_port": post.imap_port, "imap_security": "plain",
        "smtp_host": "127.0.0.1", "smtp_port": post.smtp_port, "smtp_security": "plain",
        "since": date(2026, 1, 1), "username": mail_server.USER, "sealed_password": sealed(mail_server.PASSWORD, SEALED_FOR), **values,
    }  # fmt: skip
    with unit_of_work("test", "test"):
        return MailAccount.objects.create(company=company, user=user, address=address, **given)


@pytest.fixture
def anna(books):
    """A salesperson who sees parties, and her own accounts."""
    return person(
        "anna",
        ("parties.*", "company"),
        ("companies.view_*", "company"),
        ("access.view_*", "company"),
        ("correspondence.*", "own"),
        ("correspondence.view_mail", "company"),
        ("correspondence.send_mail", "company"),
    )


@pytest.fixture
def account(books, post):
    return new_account(books.company, post)


def looked(account):
    with unit_of_work("program.mail", "test"):
        return fetch(account)
