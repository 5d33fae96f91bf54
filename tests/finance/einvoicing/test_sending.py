"""TX-06: an e-invoice is sent exactly once, its file is kept, and what SdI says comes back onto the invoice."""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.finance.einvoicing import channels
from fondaco.finance.einvoicing.actions import in_signs
from fondaco.finance.einvoicing.channels import folder, secret
from fondaco.finance.einvoicing.collecting import collect
from fondaco.finance.einvoicing.models import EInvoice, InvoiceDetails, Notice, Sender
from fondaco.finance.einvoicing.noticing import take
from fondaco.finance.einvoicing.refusals import (
    AlreadySent,
    ChannelMissing,
    FileIsKept,
    NoFormat,
    NoticeUnknown,
    NotReadable,
    NotReady,
    SentNeverChanges,
)
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.events.signing import signature
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.reading import Query, page
from tests.books import ACTOR
from tests.finance.einvoicing.house import customer, texts

SDI = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0"


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A data folder of the test's own."""
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    monkeypatch.delenv("FONDACO_SMTP_URL", raising=False)
    return tmp_path


@pytest.fixture
def bar(rialto, home):
    return customer(rialto, code="ABC1234")


def invoice(books, bar, price="100", **values):
    return books.invoice(bar, [{"unit_price": price}], "2026-03-10", **values)


def sent(books, *invoices):
    keys = books.do("invoicing.send_einvoice", [i.pk for i in invoices]).made["einvoices"]
    return list(EInvoice.objects.filter(pk__in=keys).order_by("pk"))


def notice(root, file, more="", hub="111"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><n:{root} xmlns:n="{SDI}" versione="1.0"><IdentificativoSdI>{hub}</IdentificativoSdI><NomeFile>{file}</NomeFile>'
        f"<DataOraRicezione>2026-03-10T12:00:00.000+01:00</DataOraRicezione>{more}<MessageId>1</MessageId></n:{root}>"
    ).encode()


REJECTED = "<ListaErrori><Errore><Codice>00427</Codice><Descrizione>CodiceDestinatario non valido</Descrizione></Errore></ListaErrori>"


def test_the_file_is_written_kept_and_dropped_once(rialto, bar):
    """TX-06: one file, in the folder under its name, with the digest that is on the record; sending again hands nothing over twice."""
    one = invoice(rialto, bar)
    (record,) = sent(rialto, one)
    assert record.number == "IT01234560272_00001.xml"
    assert record.state == "queued"
    assert send_due().sent == 1
    lying = folder("out", rialto.company.code) / record.number
    assert hashlib.sha256(lying.read_bytes()).hexdigest() == record.digest
    assert texts(lying.read_bytes(), "ProgressivoInvio") == ["00001"]
    record.refresh_from_db()
    assert record.state == "sent"
    assert send_due().sent == 0
    with unit_of_work("test", "test"):
        OutboxMessage.objects.update(sent_at=None)
    assert send_due().sent == 1, "a worker that died before it could say so hands over again"
    assert [p.name for p in lying.parent.iterdir()] == [record.number]
    rialto.assert_checks_hold()


def test_nothing_is_written_when_one_of_many_is_not_ready(rialto, bar):
    """TX-06: the refusal names every invoice with what it lacks; no number is used up."""
    good, mute = invoice(rialto, bar), invoice(rialto, customer(rialto, "Bar Muto"))
    with pytest.raises(NotReady) as refused:
        sent(rialto, good, mute)
    assert [row["document"] for row in refused.value.rows] == [mute.number]
    assert "Codice Destinatario" in refused.value.sentence()
    assert not EInvoice.objects.exists() and not OutboxMessage.objects.filter(channel="einvoice").exists()
    assert sent(rialto, good)[0].progressive == "00001"


def test_who_has_not_said_how_it_sends_is_told_where(books, home):
    with pytest.raises(NoFormat, match="Set up > E-invoicing"):
        sent(books, books.invoice(books.customer(), [{"unit_price": "1"}], "2026-03-10"))


def test_what_was_sent_is_not_sent_again_nor_taken_back(rialto, bar):
    """TX-06: no second file, no reversal, no change by any door, and the file cannot be deleted."""
    one = invoice(rialto, bar)
    (record,) = sent(rialto, one)
    with pytest.raises(AlreadySent, match="credit note"):
        sent(rialto, one)
    with pytest.raises(SentNeverChanges):
        rialto.do("invoicing.reverse", one.pk, reason="mistake", on="2026-03-11")
    file = Attachment.objects.get(table_name="einvoicing_einvoice", row_id=record.pk)
    for attack in (
        lambda: EInvoice.objects.filter(pk=record.pk).update(digest="0" * 64),
        lambda: EInvoice.objects.filter(pk=record.pk).update(number="other.xml"),
        lambda: EInvoice.objects.filter(pk=record.pk).delete(),
        file.delete,
        lambda: Attachment.objects.filter(pk=file.pk).update(digest="0" * 64),
        lambda: Invoice.objects.filter(pk=one.pk).update(state="reversed"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
            attack()
    with pytest.raises(FileIsKept), unit_of_work("test", "attack"):
        from fondaco.platform.documents.performing import refusals_translated

        with refusals_translated():
            file.delete()


def test_details_are_fixed_once_the_e_invoice_has_gone(rialto, bar):
    one = invoice(rialto, bar)
    with unit_of_work("test", "test"):
        details = InvoiceDetails.objects.create(invoice=one, cig="Z1")
    sent(rialto, one)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        InvoiceDetails.objects.filter(pk=details.pk).update(cig="Z2")


def test_a_rejected_invoice_goes_again_under_a_new_name(rialto, bar):
    """TX-06: NS with its words and cure; corrected, it goes again with the same number and another file name."""
    one = invoice(rialto, bar)
    (first,) = sent(rialto, one)
    send_due()
    with unit_of_work("test", "test"):
        assert take("IT01234560272_00001_NS_001.xml", notice("NotificaScarto", first.number, REJECTED)).is_new
    first.refresh_from_db()
    assert (first.state, first.hub_id) == ("rejected", "111")
    said = Notice.objects.get(einvoice=first)
    assert said.text == "00427 CodiceDestinatario non valido"
    assert "within five days" in said.get_cure_display()
    (again,) = rialto.do("einvoicing.resend", first.pk).made["einvoices"]
    second = EInvoice.objects.get(pk=again)
    assert (second.number, second.invoice_id) == ("IT01234560272_00002.xml", one.pk)
    with pytest.raises(AlreadySent):
        rialto.do("einvoicing.resend", first.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        EInvoice.objects.filter(pk=first.pk).update(state="sent")


def test_a_rejected_invoice_may_be_reversed(rialto, bar):
    one = invoice(rialto, bar)
    (first,) = sent(rialto, one)
    with unit_of_work("test", "test"):
        take("ns.xml", notice("NotificaScarto", first.number, REJECTED))
    rialto.do("invoicing.reverse", one.pk, reason="rejected", on="2026-03-11")
    rialto.assert_checks_hold()


@pytest.mark.parametrize(
    ("root", "more", "state"),
    [
        ("RicevutaConsegna", "", "delivered"),
        ("NotificaMancataConsegna", "<Descrizione>casella piena</Descrizione>", "undeliverable"),
        ("AttestazioneTrasmissioneFattura", "", "undeliverable"),
        ("NotificaEsito", "<EsitoCommittente><Esito>EC01</Esito></EsitoCommittente>", "accepted"),
        ("NotificaEsito", "<EsitoCommittente><Esito>EC02</Esito><Descrizione>CIG errato</Descrizione></EsitoCommittente>", "refused"),
        ("NotificaDecorrenzaTermini", "", "expired"),
    ],
)
def test_each_notice_of_sdi_moves_the_invoice_on(rialto, bar, root, more, state):
    """TX-06: RC, MC, AT, NE, DT; the same notice twice says nothing new, and a late one leads nothing back."""
    (record,) = sent(rialto, invoice(rialto, bar))
    raw = notice(root, record.number, more)
    with unit_of_work("test", "test"):
        assert take("n.xml", raw).is_new
        assert not take("copy of n.xml", raw).is_new
        if state != "undeliverable":
            take("late.xml", notice("NotificaMancataConsegna", record.number, hub="111"))
    record.refresh_from_db()
    assert record.state == state
    assert Attachment.objects.filter(table_name="einvoicing_einvoice", row_id=record.pk).count() in (2, 3)


def test_the_state_stands_on_list_and_ribbon(rialto, bar):
    """TX-06: the list of invoices says how far the e-invoice is, finds what is to be sent, and the ribbon leads to it."""
    one, two = invoice(rialto, bar), invoice(rialto, bar)
    (record,) = sent(rialto, one)
    rows = {r["number"]: r["einvoice_state"] for r in page(InvoiceResource, ACTOR, Query()).rows}
    assert rows == {one.number: "waits to be sent", two.number: None}
    waiting = page(InvoiceResource, ACTOR, Query(filters={"einvoice_to_send": "true"})).rows
    assert [r["number"] for r in waiting] == [two.number]
    assert record.number in [step.number for step in flow_of(ACTOR, Invoice, one.pk)]


def test_the_folder_is_fetched(rialto, bar, home, django_capture_on_commit_callbacks):
    """TX-06: notices dropped into the folder; what cannot be read is laid aside with the reason and stops no other."""
    (record,) = sent(rialto, invoice(rialto, bar))
    box = folder("in")
    box.mkdir(parents=True)
    (box / "a.xml").write_bytes(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    (box / "b_RC.xml").write_bytes(notice("RicevutaConsegna", record.number))
    (box / "c_RC.xml").write_bytes(notice("RicevutaConsegna", "IT99999999999_00001.xml"))
    with django_capture_on_commit_callbacks(execute=True):
        done = collect()
    assert (done.new, done.known, done.refused) == (1, 0, 2)
    assert sorted(p.name for p in (box / "refused").iterdir()) == ["a.xml", "a.xml.txt", "c_RC.xml", "c_RC.xml.txt"]
    assert "document type" in (box / "refused" / "a.xml.txt").read_text()
    assert "never sent" in (box / "refused" / "c_RC.xml.txt").read_text()
    assert [p.name for p in (box / "done").iterdir()] == ["b_RC.xml"]


def test_sending_costs_the_same_for_one_and_for_forty(rialto, bar):
    """STYLE 9: statements do not grow with the invoices."""

    def counted(count):
        some = [invoice(rialto, bar) for _ in range(count)]
        with CaptureQueriesContext(connection) as found:
            sent(rialto, *some)
        return len(found)

    assert counted(1) == counted(20)


def test_file_names_count_in_figures_and_letters():
    assert [in_signs(n, 5) for n in (1, 35, 36, 36**5 - 1)] == ["00001", "0000Z", "00010", "ZZZZZ"]
    with pytest.raises(OverflowError):
        in_signs(36**5, 5)


class Provider(BaseHTTPRequestHandler):
    """A provider that takes each effect once, and is out of order at first."""

    taken: dict[str, bytes] = {}
    failures = 1

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Provider.failures:
            Provider.failures -= 1
            self.send_response(503)
            self.end_headers()
            return
        assert self.headers["Authorization"] == "Bearer t0ken"
        Provider.taken.setdefault(self.headers["Idempotency-Key"], body)
        answer = json.dumps({"id": "P-1"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_given):
        pass


def test_a_provider_takes_each_e_invoice_once(rialto, bar, monkeypatch):
    """TX-06: by HTTP with one key an effect; when the provider is out of order it is tried again; his number stands on the record."""
    with unit_of_work("test", "test"):
        Sender.objects.update(channel="http")
    one = invoice(rialto, bar)
    with pytest.raises(ChannelMissing, match="FONDACO_EINVOICE_URL"):
        sent(rialto, one)
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("FONDACO_EINVOICE_URL", f"http://127.0.0.1:{server.server_port}/v1/")
        monkeypatch.setenv("FONDACO_EINVOICE_TOKEN", "t0ken")
        (record,) = sent(rialto, one)
        assert send_due().failed == 1
        for _again in range(2):
            with unit_of_work("test", "test"):
                OutboxMessage.objects.update(sent_at=None, next_attempt_at=None)
            assert send_due().sent == 1
    finally:
        server.shutdown()
        server.server_close()
    record.refresh_from_db()
    assert (record.state, record.provider_id) == ("sent", "P-1")
    assert [hashlib.sha256(body).hexdigest() for body in Provider.taken.values()] == [record.digest]


def told(body, *, moment=None, by=None, kind="application/json", **headers):
    """A notice as the provider posts it, signed with the secret unless a signature is given."""
    moment = moment or str(int(time.time()))
    given = {"HTTP_X_MOMENT": moment, "HTTP_X_SIGNATURE": signature(secret(), body, moment) if by is None else by, **headers}
    return Client(enforce_csrf_checks=True).post("/api/hooks/einvoices", body, content_type=kind, **given)


def test_the_hook_listens_to_the_provider_alone(rialto, bar, monkeypatch):
    """TX-06: no secret, no address; forged, stale and repeated notices change nothing."""
    (record,) = sent(rialto, invoice(rialto, bar))
    body = json.dumps({"file": record.number, "status": "delivered", "id": "P-9"}).encode()
    monkeypatch.delenv("FONDACO_EINVOICE_SECRET", raising=False)
    assert told(body).status_code == 404
    monkeypatch.setenv("FONDACO_EINVOICE_SECRET", "s3cret")
    old = str(int(time.time()) - 3600)
    for forged in (
        told(body, by=""),
        told(body, by="0" * 64),
        told(body, moment=old),
        told(body + b" ", by=signature(secret(), body, str(int(time.time())))),
    ):
        assert forged.status_code == 401
    assert told(body, moment="x").status_code == 401
    record.refresh_from_db()
    assert record.state == "queued"
    first = told(body).json()
    assert (first["state"], first["new"]) == ("delivered", True)
    assert told(body).json()["new"] is False
    assert Notice.objects.count() == 1
    assert told(b"{").status_code == 400
    assert told(json.dumps({"file": "../x", "status": "delivered"}).encode()).status_code == 422
    assert told(json.dumps({"file": "nobody.xml", "status": "delivered"}).encode()).status_code == 404
    raw = notice("RicevutaConsegna", record.number)
    assert told(raw, kind="application/xml", HTTP_X_FILE_NAME="rc.xml").json()["new"] is True
    assert told(b"<x/>", kind="application/xml").status_code == 422


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"<a>", "well-formed"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        (b"MZ" + b"\0" * 100, "neither XML"),
        (b"<a/>", "no kind of e-invoice"),
        (b"<a>" * 20_000, "well-formed"),
        (b"<RicevutaConsegna/>", "missing"),
    ],
)
def test_a_notice_that_cannot_be_read_is_refused_with_its_reason(db, raw, reason):
    with pytest.raises(NotReadable, match=reason):
        take("n.xml", raw)


def test_a_notice_about_nobodys_file_is_refused(rialto, home):
    with pytest.raises(NoticeUnknown), unit_of_work("test", "test"):
        take("n.xml", notice("RicevutaConsegna", "IT00000000000_1.xml"))
    assert channels.provider_address() == ""
