"""Two tenants with the same business: whatever door one comes by, nothing of the other is there."""

import contextlib
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections
from django.test import Client, RequestFactory
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.links import address_of
from fondaco.frontoffice.sales.models import Quote
from fondaco.frontoffice.telephony.models import Call
from fondaco.frontoffice.telephony.noticing import call_taker
from fondaco.interfaces.cli import __main__ as cli
from fondaco.interfaces.cli.inviting import invitations
from fondaco.interfaces.doors.addresses import absolute
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.models import User
from fondaco.platform.database import tenancy
from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.models import IdempotencyKey
from fondaco.platform.documents.performing import perform
from fondaco.platform.events import pausing
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.events.signing import signature
from fondaco.platform.jobs import working
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.interfaces.mcp.test_mcp import message, talk

OTHER = {"acme": re.compile(r"zzbora|\bbora\b", re.IGNORECASE), "bora": re.compile(r"zzacme|\bacme\b", re.IGNORECASE)}


def assert_nothing_of_the_other(house, text):
    found = OTHER[house.tenant.name].search(text)
    assert not found, text[max(0, found.start() - 80) : found.end() + 80]


@pytest.mark.parametrize("name", ["acme", "bora"])
def test_every_list_and_record_by_the_api_is_the_tenants_own(houses, name):
    house, marked = houses[name], set()
    for key in RESOURCES:
        answer = house.api("GET", f"/api/v1/{key}?limit=100")
        assert answer.status_code == 200, (key, answer.content)
        assert_nothing_of_the_other(house, answer.content.decode())
        if house.mark in answer.content.decode():
            marked.add(key)
        rows = answer.json()["data"]
        if rows:
            record = house.api("GET", f"/api/v1/{key}/{rows[-1]['id']}")
            assert record.status_code == 200, (key, record.content)
            assert_nothing_of_the_other(house, record.content.decode())
        exported = house.api("GET", f"/api/v1/{key}/export?format=csv")
        assert exported.status_code == 200, key
        assert_nothing_of_the_other(house, b"".join(exported.streaming_content).decode())
    assert marked >= {"parties", "orders", "invoices", "payments", "tickets", "open-items", "journal-lines"}, marked


@pytest.mark.parametrize("name", ["acme", "bora"])
def test_every_page_is_the_tenants_own(houses, name):
    house, marked = houses[name], set()
    browser = house.browser()
    reports = [f"/books/{report}" for report in ("trial-balance", "balance-sheet", "profit-and-loss", "aged-receivables")]
    records = [f"/{key}/{pk}" for key, pk in house.keys.items()]
    for address in ["/", "/-/find?q=Zz", f"/customers/{house.keys['parties']}", *reports, *records, *(f"/{key}" for key in RESOURCES)]:
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.content)
        text = answer.content.decode()
        assert_nothing_of_the_other(house, text)
        if house.mark in text:
            marked.add(address)
    assert {"/-/find?q=Zz", "/parties", "/invoices", "/books/aged-receivables", *records} - marked <= {f"/leads/{house.keys['leads']}"}


def test_a_key_of_another_tenant_leads_nowhere(acme, bora):
    for key, pk in bora.keys.items():
        assert acme.api("GET", f"/api/v1/{key}/{pk}").status_code == 404, key
        assert acme.browser().get(f"/{key}/{pk}").status_code == 404, key
    refused = acme.api("POST", "/api/v1/invoices/reverse", {"ids": [str(bora.keys["invoices"])], "reason": "not mine"})
    assert refused.status_code == 404, refused.content
    given = {"company": "1", "customer": str(bora.keys["parties"]), "on": "2026-03-03", "lines": [{"description": "x", "quantity": "1"}]}
    refused = acme.api("POST", "/api/v1/invoices", given)
    assert refused.status_code in {404, 409, 422}, refused.content
    assert_nothing_of_the_other(acme, refused.content.decode())
    with bora.at_work():
        assert Invoice.objects.get(pk=bora.keys["invoices"]).state == "posted"


def test_a_token_opens_the_doors_of_its_tenant_only(acme, bora):
    assert acme.api("GET", "/api/v1/parties").status_code == 200
    refused = bora.api("GET", "/api/v1/parties", token=acme.token)
    assert (refused.status_code, refused.json()["code"]) == (401, "doors.not_signed_in")
    for house, status in ((acme, 200), (bora, 401)):
        ((told, answer),) = talk(acme.token, message("tools/call", name="find", arguments={"resource": "parties"}), host=house.host)
        assert told == status, answer
        if status == 200:
            assert acme.mark in str(answer)
            assert_nothing_of_the_other(acme, str(answer))
    ((told, answer),) = talk(acme.token, message("tools/list"), host="nobody.example")
    assert (told, answer["code"]) == (404, "tenants.unknown_host")


def test_tools_for_models_serve_the_tenant_of_each_call(acme, bora):
    """One process, one long-lived task group: what it began for one tenant does not stick to the next."""
    for house in (bora, acme, bora):
        ((_told, answer),) = talk(house.token, message("tools/call", name="find", arguments={"resource": "parties"}), host=house.host)
        assert house.mark in str(answer)
        assert_nothing_of_the_other(house, str(answer))


def test_a_session_is_worth_nothing_elsewhere(acme, bora):
    browser = acme.browser()
    assert browser.get("/invoices").status_code == 200
    answer = browser.get("/invoices", headers={"host": bora.host})
    assert (answer.status_code, answer["Location"][:10]) == (302, "/-/sign-in")
    assert browser.get("/invoices").status_code == 200


def test_an_idempotency_key_is_remembered_by_its_tenant_only(acme, bora):
    given = {"name": "Told twice", "code": "TWICE", "country": "IT"}
    made = [h.api("POST", "/api/v1/parties", given, idempotency_key="k-1") for h in (acme, bora, acme)]
    assert [a.status_code for a in made] == [201, 201, 201], [a.content for a in made]
    assert [a.headers.get("Idempotent-Replayed") for a in made] == [None, None, "true"]
    refused = bora.api("POST", "/api/v1/parties", given, token=acme.token, idempotency_key="k-1")
    assert refused.status_code == 401
    for house in (acme, bora):
        with house.at_work():
            assert IdempotencyKey.objects.filter(key="k-1").count() == 1
            assert Party.objects.filter(code="TWICE").count() == 1


def test_numbers_run_for_each_tenant(acme, bora):
    numbers = {}
    for house in (acme, bora):
        with house.at_work():
            numbers[house.tenant.name] = list(Invoice.objects.exclude(number="").order_by("pk").values_list("number", flat=True))
    assert numbers["bora"][: len(numbers["acme"])] == numbers["acme"]
    assert len(numbers["bora"]) > len(numbers["acme"])


def test_one_tenants_mail_is_sent_alone_and_lands_in_its_own_folder(acme, bora, monkeypatch, tmp_path):
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    monkeypatch.setenv("FONDACO_SMTP_URL", "file:")
    with tenancy.serving(acme.tenant):
        waiting = _waiting(acme)
        assert waiting > 0
        pausing.pause("only acme")
        assert send_due().kept == "only acme"
    with tenancy.serving(bora.tenant):
        expected = _waiting(bora)
        assert send_due().sent == expected
    assert _waiting(acme) == waiting
    with tenancy.serving(acme.tenant):
        pausing.resume()
        assert send_due().sent == waiting
    for house, count in ((acme, waiting), (bora, expected)):
        mails = list((home_folder() / "mail" / house.tenant.schema).glob("*.eml"))
        assert len(mails) == count
        for mail in mails:
            assert_nothing_of_the_other(house, mail.read_text())
    assert [p.name for p in (home_folder() / "mail").iterdir() if p.is_file()] == []
    pausing.pause("the whole house")
    with tenancy.serving(acme.tenant):
        assert send_due().kept == "the whole house"


def _waiting(house):
    with house.at_work():
        return OutboxMessage.objects.filter(sent_at__isnull=True).count()


def test_jobs_are_run_for_their_tenant_and_one_that_fails_stops_no_other(acme, bora, owner):
    seen = {}

    @working.job("test.look")
    def look(actor, progress, *, of):
        progress(2, 2, "all of it")
        seen.setdefault(of, []).append(
            sorted({name.split()[0] for name in Party.objects.filter(name__startswith="Zz").values_list("name", flat=True)})
        )

    try:
        for house in (acme, bora):
            with house.at_work():
                working.start(ACTOR, "test.look", "Look", {"of": house.tenant.name})
        owner("alter table tenant_acme.jobs_job rename to jobs_gone")
        assert cli.run(cli.COMMANDS["worker"], ["--once"]) == 1
        assert seen == {"bora": [[bora.mark]]}
        owner("alter table tenant_acme.jobs_gone rename to jobs_job")
        assert cli.run(cli.COMMANDS["worker"], ["--once"]) == 0
        assert seen == {"bora": [[bora.mark]], "acme": [[acme.mark]]}
        for house in (acme, bora):
            with house.at_work():
                assert [(j.state, j.done, j.message) for j in Job.objects.filter(kind="test.look")] == [("done", 2, "all of it")]
    finally:
        del working.KINDS["test.look"]


def test_a_new_tenant_is_set_up_under_its_own_host(acme, bora):
    assert invitations("http://127.0.0.1:9999/") == ""
    with acme.at_work():
        assert absolute(RequestFactory(HTTP_HOST=acme.host).get("/"), "/x") == f"http://{acme.host}/x"
        assert tenancy.public_address("https://house.example:8443/") == f"https://{acme.host}:8443"


def test_a_customers_link_opens_at_its_tenant_only(acme, bora):
    assert Client(HTTP_HOST=acme.host).get(acme.quote_path).status_code == 200
    answer = Client(HTTP_HOST=bora.host).get(acme.quote_path)
    assert answer.status_code == 404
    with acme.at_work():
        assert address_of(Quote.objects.get(pk=acme.keys["quotes"])) == f"http://{acme.host}:8765{acme.quote_path}"


def test_files_lie_apart_and_are_found_by_their_tenant_only(acme, bora, monkeypatch, tmp_path):
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    pk = acme.keys["parties"]
    made = acme.api("POST", f"/api/v1/parties/{pk}/files?name=plan.txt", b"only ours", content_type="application/octet-stream")
    assert made.status_code == 201, made.content
    assert b"".join(acme.api("GET", made["Location"]).streaming_content) == b"only ours"
    assert [p.name for p in (tmp_path / "files").iterdir()] == [acme.tenant.schema]
    assert bora.api("GET", made["Location"]).status_code == 404


ATTACKS = [
    "select * from parties_party",
    "select * from access_user",
    "select * from django_session",
    "insert into one (id) values (1)",
    "select flush_constraints()",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_without_a_tenant_there_is_nothing(houses, attack):
    with pytest.raises(ProgrammingError, match="does not exist"), connections["default"].cursor() as cursor:
        cursor.execute(attack)
    with pytest.raises(ProgrammingError, match="does not exist"):
        User.objects.count()
    with pytest.raises(tenancy.NoTenant), unit_of_work("test", "test"):
        pass


def test_what_a_transaction_was_told_ends_with_it(acme, bora):
    """As behind a transaction pooler: one connection, handed from tenant to tenant, after commits and after rollbacks."""
    for house, failing in ((acme, False), (bora, True), (acme, True), (bora, False)) * 3:
        try:
            with house.at_work():
                assert set(Party.objects.filter(name__startswith="Zz").values_list("name", flat=True)) and house.tenant.schema == _current()
                if failing:
                    raise ValueError("gives up")
        except ValueError:
            assert failing
        assert _current() is None


def test_threads_that_serve_both_tenants_never_mix_them(acme, bora):
    def serve(number):
        seen = set()
        for turn in range(25):
            house = (acme, bora)[(number + turn) % 2]
            with contextlib.suppress(KeyError), house.at_work():
                names = set(Party.objects.filter(name__startswith="Zz").values_list("name", flat=True))
                seen.add((house.mark, *{name.split()[0] for name in names}))
                if turn % 3 == 0:
                    raise KeyError
        connections.close_all()
        return seen

    with ThreadPoolExecutor(6) as threads:
        for seen in threads.map(serve, range(12)):
            assert seen == {(acme.mark, acme.mark), (bora.mark, bora.mark)}


def _current():
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        return cursor.fetchone()[0]


def test_notices_of_calls_wait_and_are_taken_in_their_own_house(acme, bora):
    """While one house's notices are being taken, its own wait and the other's are taken at once; a thread takes what waits where it waits."""
    lines = {}
    for house in (acme, bora):
        with house.at_work():
            company = Company.objects.order_by("pk").first().pk
        with tenancy.serving(house.tenant):
            given = {"company": company, "name": "Service", "number": "+390458001234"}
            (key,) = create(ACTOR, RESOURCES["phone-lines"], [given]).ids
            secret = perform(ACTOR, ACTIONS["telephony.make_secret"], [key]).told["Service"]
        lines[house.mark] = key, secret.encode()

    def tell(house, call):
        key, secret = lines[house.mark]
        event = {"id": call, "call": call, "kind": "ringing", "at": timezone.now().isoformat(), "from": "+39045800111"}
        body, moment = json.dumps({"events": [event]}).encode(), str(int(time.time()))
        headers = {"X-Moment": moment, "X-Signature": signature(secret, body, moment)}
        return Client(HTTP_HOST=house.host).post(f"/api/hooks/calls/{key}", body, content_type="application/json", headers=headers)

    def calls(house):
        with house.at_work():
            return list(Call.objects.order_by("pk").values_list("external_id", flat=True))

    with psycopg.connect(**connections["default"].get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"telephony.notices:{acme.tenant.schema}"])
        assert (tell(acme, "a1").status_code, tell(bora, "b1").status_code) == (202, 200)
        assert (calls(acme), calls(bora)) == ([], ["b1"])
    with tenancy.serving(acme.tenant):
        call_taker()
    until = time.monotonic() + 20
    while not calls(acme) and time.monotonic() < until:
        time.sleep(0.02)
    assert (calls(acme), calls(bora)) == (["a1"], ["b1"])


def test_one_transaction_serves_one_tenant(acme, bora):
    with pytest.raises(tenancy.NoTenant, match="one tenant"), acme.at_work(), tenancy.serving(bora.tenant), unit_of_work("test", "test"):
        pass


def test_the_data_folder_of_nobody_is_refused(houses):
    with pytest.raises(tenancy.NoTenant):
        tenancy.own_folder(home_folder())
