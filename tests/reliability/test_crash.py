"""Killed in the middle of the work: every acknowledged document is there exactly once, nothing is half there, the books hold.

Eight clients post invoices over HTTP; the pages are killed, then the database server, without warning. What was not answered is
asked again under the same key, as any good client does.
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
customer = books.customer()
with unit_of_work("test", "test"):
    user = User.objects.create(username="shop", name="Shop")
    role = Role.objects.create(key="everything", name="Everything")
    RolePermission.objects.create(role=role, pattern="*")
    Membership.objects.create(user=user, role=role)
    token = make_token(user, "crash")[1]
print(books.company.pk, customer.pk, token)
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
    """One that posts invoices, asking again under the same key until it has an answer."""

    def __init__(self, port, token, company, customer, number):
        self.port, self.number = port, number
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.given = {
            "company": company,
            "customer": customer,
            "on": "2026-03-02",
            "lines": [{"description": "Goods", "quantity": "1", "unit_price": "10.00"}],
        }
        self.acknowledged = []
        self.asked_again = 0
        self.fault = None

    def work(self):
        try:
            for turn in range(EACH):
                key = f"{self.number}-{turn}"
                made = self.call("invoices", self.given, f"draft-{key}")["id"]
                self.call("invoices/post", {"ids": [made]}, f"post-{key}")
                self.acknowledged.append(int(made))
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


def test_g7_acknowledged_documents_survive_the_death_of_pages_and_database_exactly_once(house):
    company, customer, token = house.does("-c", FOUND).split()[-3:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(house, port):
        clients = [Client(port, token, company, customer, n) for n in range(CLIENTS)]
        threads = [threading.Thread(target=client.work) for client in clients]
        for thread in threads:
            thread.start()
        wait_for(clients, CLIENTS * EACH // 6)
        pages = next(p["pid"] for p in json.loads((house.home / "processes.json").read_text())["processes"] if p["name"] == "pages")
        os.killpg(pages, signal.SIGKILL)
        wait_for(clients, CLIENTS * EACH // 2)
        postmaster = int((Server(house.home / "postgres").data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        for thread in threads:
            thread.join(PATIENCE * 2)
    faults = [c.fault for c in clients if c.fault]
    assert not faults, faults
    assert sum(c.asked_again for c in clients), "nothing was killed in the middle of anything"

    acknowledged = sorted(key for c in clients for key in c.acknowledged)
    assert len(acknowledged) == len(set(acknowledged)) == CLIENTS * EACH
    there = house.sql("select id, number, state, entry_id from invoicing_invoice order by id")
    assert [row[0] for row in there] == acknowledged
    assert {row[2] for row in there} == {"posted"}
    assert len({row[3] for row in there}) == CLIENTS * EACH
    numbers = sorted(int(row[1].rsplit("-", 1)[-1].rsplit("/", 1)[-1]) for row in there)
    assert numbers == list(range(1, CLIENTS * EACH + 1))
    house.command("check")


def wait_for(clients, count):
    deadline = time.monotonic() + PATIENCE
    while sum(len(c.acknowledged) for c in clients) < count:
        assert time.monotonic() < deadline, [c.fault for c in clients]
        time.sleep(0.02)
