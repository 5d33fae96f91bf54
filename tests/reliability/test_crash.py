"""Killed in the middle of the work: every acknowledged document is there exactly once, nothing is half there, the books hold.

Eight clients post invoices, or pick goods from bins and ship them, over HTTP; the pages are killed, then the database server, without
warning. What was not answered is asked again under the same key, as any good client does.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest

from fondaco.platform.database.server import Server

CLIENTS, EACH = 8, 12
PATIENCE = 60

FOUND = """
import django; django.setup()
from fondaco.interfaces.doors.tokens import make_token
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.configuration import ensure_running
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
ensure_running()
books = open_books()
with unit_of_work("test", "test"):
    user = User.objects.create(username="shop", name="Shop")
    role = Role.objects.create(key="everything", name="Everything")
    RolePermission.objects.create(role=role, pattern="*")
    Membership.objects.create(user=user, role=role)
    token = make_token(user, "crash")[1]
"""
INVOICING = "print(books.company.pk, books.customer().pk, token)"
PICKING = f"""
from tests.operations.warehouse.test_picking import Pickers
pickers = Pickers(books)
pickers.receive("{3 * CLIENTS * EACH}", "10")
pickers.aisles(A1="{CLIENTS * EACH}", A2="{CLIENTS * EACH}", B1="{CLIENTS * EACH}")
deliveries = [pickers.delivery("2") for _n in range({CLIENTS * EACH})]
waves = [pickers.released([delivery]) for delivery in deliveries]
with unit_of_work("test", "test"):
    tasks = [",".join(map(str, pickers.keys(wave))) for wave in waves]
print(token, *[f"{{d}}:{{t}}" for d, t in zip(deliveries, tasks)])
"""


class House:
    def __init__(self, home):
        self.home = home
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("FONDACO_") and not name.endswith("DATABASE_URL")
        }
        self.environment = inherited | {
            "FONDACO_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "fondaco.config.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def does(self, *words):
        done = subprocess.run([sys.executable, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def command(self, *words):
        return self.does("-m", "fondaco.interfaces.cli", *map(str, words))

    def sql(self, statement):
        with psycopg.connect(**Server(self.home / "postgres").connection("fondaco", "fondaco")) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def house():
    house = House(Path(tempfile.mkdtemp(prefix="fondaco-crash-")))
    house.home.chmod(0o711)  # the database server's account passes through
    house.command("migrate", "-v", "0")
    yield house
    house.command("stop")
    shutil.rmtree(house.home)


@contextlib.contextmanager
def serving(house, port):
    words = [sys.executable, "-m", "fondaco.interfaces.cli", "serve", "--port", str(port), "--workers", "2"]
    with subprocess.Popen(words, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as serve:
        for line in serve.stdout:
            if line.startswith("Fondaco is at"):
                break
        # What it says later is read and let go, so that it never waits for us.
        threading.Thread(target=lambda: [None for _ in serve.stdout], daemon=True).start()
        try:
            yield
        finally:
            serve.terminate()
            serve.wait(30)


class Client:
    """One that does its turns, asking again under the same key until it has an answer."""

    def __init__(self, port, token, turns):
        self.port, self.turns = port, turns
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged = []
        self.asked_again = 0
        self.fault = None

    def work(self):
        try:
            for turn in self.turns:
                self.acknowledged.append(turn(self))
        except Exception as fault:
            self.fault = fault

    def call(self, path, body, key):
        deadline = time.monotonic() + PATIENCE
        while True:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                line.request("POST", f"/api/v1/{path}", json.dumps(body), {**self.headers, "Idempotency-Key": key})
                answer = line.getresponse()
                content = answer.read()
                if answer.status < 300:
                    return json.loads(content)
                assert answer.status in {429, 503}, (answer.status, content)
            except (OSError, http.client.HTTPException):
                pass
            finally:
                line.close()
            assert time.monotonic() < deadline, f"no answer to {key} for {PATIENCE} s"
            self.asked_again += 1
            time.sleep(0.1)


def killed_in_the_middle(house, token, turns):
    """Let eight clients do their turns while the pages and then the database are killed; returns what was acknowledged."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(house, port):
        clients = [Client(port, token, turns[n::CLIENTS]) for n in range(CLIENTS)]
        threads = [threading.Thread(target=client.work) for client in clients]
        for thread in threads:
            thread.start()
        wait_for(clients, len(turns) // 6)
        pages = next(p["pid"] for p in json.loads((house.home / "processes.json").read_text())["processes"] if p["name"] == "pages")
        os.killpg(pages, signal.SIGKILL)
        wait_for(clients, len(turns) // 2)
        postmaster = int((Server(house.home / "postgres").data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        for thread in threads:
            thread.join(PATIENCE * 2)
    faults = [c.fault for c in clients if c.fault]
    assert not faults, faults
    assert sum(c.asked_again for c in clients), "nothing was killed in the middle of anything"
    acknowledged = sorted(key for c in clients for key in c.acknowledged)
    assert len(acknowledged) == len(set(acknowledged)) == len(turns)
    return acknowledged


def test_g7_acknowledged_documents_survive_the_death_of_pages_and_database_exactly_once(house):
    company, customer, token = house.does("-c", FOUND + INVOICING).split()[-3:]
    lines = [{"description": "Goods", "quantity": "1", "unit_price": "10.00"}]
    given = {"company": company, "customer": customer, "on": "2026-03-02", "lines": lines}

    def turn(number, client):
        made = client.call("invoices", given, f"draft-{number}")["id"]
        client.call("invoices/post", {"ids": [made]}, f"post-{number}")
        return int(made)

    acknowledged = killed_in_the_middle(house, token, [partial(turn, n) for n in range(CLIENTS * EACH)])
    there = house.sql("select id, number, state, entry_id from invoicing_invoice order by id")
    assert [row[0] for row in there] == acknowledged
    assert {row[2] for row in there} == {"posted"}
    assert len({row[3] for row in there}) == CLIENTS * EACH
    numbers = sorted(int(row[1].rsplit("-", 1)[-1].rsplit("/", 1)[-1]) for row in there)
    assert numbers == list(range(1, CLIENTS * EACH + 1))
    house.command("check")


def test_g7_goods_picked_and_shipped_while_everything_is_killed_left_once(house):
    token, *work = house.does("-c", FOUND + PICKING).splitlines()[-1].split()

    def turn(delivery, tasks, client):
        client.call("tasks/complete", {"ids": tasks.split(",")}, f"pick-{delivery}")
        client.call("deliveries/post_issue", {"ids": [delivery]}, f"ship-{delivery}")
        return int(delivery)

    acknowledged = killed_in_the_middle(house, token, [partial(turn, *pair.split(":")) for pair in work])
    shipped = house.sql(
        "select source_id, sum(quantity) from inventory_stockmove where source_table = 'inventory_goodsissue' group by 1 order by 1"
    )
    assert shipped == [(key, 2) for key in acknowledged]
    assert house.sql("select sum(on_hand), sum(allotted) from warehouse_binstock") == [(CLIENTS * EACH, 0)]
    assert house.sql("select distinct state from warehouse_task") == [("shipped",)]
    house.command("check")


def wait_for(clients, count):
    deadline = time.monotonic() + PATIENCE
    while sum(len(c.acknowledged) for c in clients) < count:
        assert time.monotonic() < deadline, [c.fault for c in clients]
        time.sleep(0.02)
