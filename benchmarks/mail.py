"""Mail that comes in: fetched by IMAP from a server in a process of its own onto time lines, and received into tickets; beside plain psycopg
writing the same rows."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, settle_town
from fondaco.frontoffice.correspondence import fetching
from fondaco.frontoffice.correspondence.imap import TOGETHER
from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage
from fondaco.frontoffice.correspondence.sealing import sealed
from fondaco.frontoffice.service.models import Mailbox, Ticket
from fondaco.frontoffice.service.receiving import take
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import in_batches
from fondaco.platform.database.unit import unit_of_work
from tests.frontoffice.correspondence import mail_server

CUSTOMERS, MAILS, TICKETS = 1_000, 4_000, 1_000
WORDS = "Good morning, please send us twenty kilos of the dark roast and two boxes of cups, as last time. Thank you, and good work.\n"


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Mails of a kilobyte or three from known customers, one in ten with a file; and mails to a service mailbox."""
    mails, tickets = (MAILS // 10, TICKETS // 10) if quick else (MAILS, TICKETS)
    settle_town(house, CUSTOMERS)
    with unit_of_work(ACTOR.username, "setup.bench"):
        keys = list(Party.objects.order_by("pk").values_list("pk", flat=True)[:CUSTOMERS])
        for key in keys:
            Party.objects.filter(pk=key).update(email=f"c{key}@customer.example")
        Mailbox.objects.create(company=house.company, address="bench-help@house.example")
    floor.tidy()
    promise = Promise(">= 100/s without loss", value=100, scaled=quick)
    with tempfile.TemporaryDirectory() as home, _server(Path(home), _letters(keys, mails)) as port:
        account = _account(house, port)
        say(f"fetching {mails:,} mails")
        took, written = floor.written_by(lambda: _fetch_all(account))
        with unit_of_work(ACTOR.username, "bench"):
            lost = mails - MailMessage.objects.filter(account=account).count()
        assert not lost, f"{lost} mails were lost"
    plain, bulk = floor.floor_of(written)
    yield Figure("mails fetched by IMAP onto time lines", "mails/s", mails / took, mails / plain, promise, bulk=mails / bulk)
    say(f"receiving {tickets:,} mails into tickets")
    raws = list(_letters(keys, tickets, to="bench-help@house.example", name="t"))
    took, written = floor.written_by(lambda: _take_all(raws))
    with unit_of_work(ACTOR.username, "bench"):
        assert Ticket.objects.filter(mailbox__address="bench-help@house.example").count() == tickets
    plain, bulk = floor.floor_of(written)
    yield Figure(
        "mails received into tickets, as a look into the mailbox files them",
        "mails/s",
        tickets / took,
        tickets / plain,
        promise,
        bulk=tickets / bulk,
    )


def _take_all(raws: Sequence[bytes]) -> None:
    for together in in_batches(raws, TOGETHER):
        with unit_of_work("program.mail", "bench"):
            take(together, "bench-help@house.example")


def _fetch_all(account: MailAccount) -> None:
    for _look in itertools.count():
        with unit_of_work("program.mail", "bench"):
            looked = fetching.fetch(account)
        assert looked is not None and not looked.problem, looked
        if not looked.behind:
            return


def _account(house: House, port: int) -> MailAccount:
    with unit_of_work(ACTOR.username, "setup.bench"):
        return MailAccount.objects.create(
            company=house.company, address="bench@house.example", username=mail_server.USER, imap_host="127.0.0.1", imap_port=port, imap_security="plain",
            since=date(2026, 1, 1), sealed_password=sealed(mail_server.PASSWORD, fetching.PASSWORD),
        )  # fmt: skip


def _letters(keys: Sequence[int], count: int, *, to: str = "bench@house.example", name: str = "m") -> Iterator[bytes]:
    for number in range(count):
        message = EmailMessage()
        message["From"] = f"Customer <c{keys[number % len(keys)]}@customer.example>"
        message["To"], message["Subject"], message["Message-ID"] = to, f"Order {number}", f"<{name}{number}@customer.example>"
        message.set_content(WORDS * (1 + number % 20))
        if number % 10 == 0:
            message.add_attachment(os.urandom(2_000), maintype="application", subtype="pdf", filename="order.pdf")
        yield message.as_bytes()


@contextmanager
def _server(home: Path, letters: Iterator[bytes]) -> Iterator[int]:
    (home / "INBOX").mkdir()
    (home / "INBOX" / "validity").write_text("1")
    (home / "smtp").mkdir()
    for uid, raw in enumerate(letters, start=1):
        (home / "INBOX" / f"{uid}.eml").write_bytes(raw)
    os.environ["FONDACO_INSIDE_HOSTS"] = "127.0.0.1"
    command = [sys.executable, mail_server.__file__, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        yield int(process.stdout.readline().split()[0])
        process.stdin.close()
