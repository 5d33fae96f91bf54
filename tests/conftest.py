"""Databases for the tests: a fast cluster of their own, and one copy of a migrated template for every worker.

Nothing here touches the user's data: the folder is ``var/test`` and the cluster is another one. With
FONDACO_TEST_DATABASE_URL (an owner with CREATEDB and CREATEROLE) the tests run on that server instead.

``db`` and ``pytest.mark.django_db`` give a test the application's role inside a transaction that is rolled back. ``books`` were opened
before it, once for each worker. A test that commits, uses threads or serves pages takes ``live_database`` or ``live_address``: a
database of its own for the module.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import pytest

PROJECT = Path(__file__).resolve().parents[1]
os.environ["FONDACO_TEST"] = "1"
os.environ["FONDACO_HOME"] = os.environ.get("FONDACO_TEST_HOME") or str(PROJECT / "var" / "test")
os.environ["DJANGO_SETTINGS_MODULE"] = "fondaco.config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's synchronous interface keeps an event loop in the test's thread
# Tests start programs (pages, workers, commands) a hundred times: they find compiled what one of them compiled.
for variable in ("DATABASE_URL", "FONDACO_APP_DATABASE_URL", "FONDACO_DATABASE", "FONDACO_TENANCY", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(variable, None)
if outside := os.environ.get("FONDACO_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = outside
django.setup()  # before pytest-django would, so that test modules and other conftests may import models

from django.test.utils import CaptureQueriesContext  # noqa: E402
from pytest_django.live_server_helper import LiveServer  # noqa: E402

from fondaco.masterdata.companies.models import Company  # noqa: E402
from fondaco.platform.database import knowing  # noqa: E402
from tests import databases  # noqa: E402
from tests.books import Books, open_books  # noqa: E402

#: The files that take half a minute or more begin first, the longest before the others, so that no worker is left with one when the others have ended.
LONGEST = [
    "interfaces/cli/test_serving.py",
    "reliability/test_crash.py",
    "connectors/test_northwind.py",
    "interfaces/web/test_widths.py",
    "operations/purchasing/test_return_machine.py",
    "interfaces/web/test_trip.py",
    "structure/test_rooms.py",
    "finance/einvoicing/test_paper_pictures.py",
    "interfaces/cli/test_backup.py",
    "interfaces/web/test_selling_screens.py",
    "connectors/test_demo.py",
    "interfaces/web/test_pricing_screens.py",
    "frontoffice/portal/test_fuzz.py",
    "interfaces/web/test_calls_screen.py",
    "interfaces/web/test_handheld.py",
    "frontoffice/correspondence/test_syncing.py",
    "operations/sourcing/test_portal_users.py",
    "frontoffice/correspondence/test_killed.py",
    "interfaces/api/test_description.py",
    "platform/tenancy/test_isolation.py",
    "interfaces/web/test_keyboard_trip.py",
    "interfaces/test_behind_tls.py",
    "interfaces/web/test_wrong_addresses.py",
    "interfaces/web/test_packing.py",
    "platform/database/test_configuration.py",
    "reliability/test_machines.py",
    "interfaces/cli/test_bench.py",
    "structure/test_statement_counts.py",
]


def _place(item: pytest.Item) -> int:
    name = item.path.relative_to(PROJECT / "tests").as_posix()
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    for item in items:
        marker = item.get_closest_marker("django_db")
        flushed = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        if flushed or (marker and marker.kwargs.get("transaction")):
            raise pytest.UsageError(
                f"{item.nodeid} would empty its tables by TRUNCATE afterwards, which the application's role may not do. "
                "Use the fixture live_database or live_address: a database of the module's own."
            )


@pytest.fixture(autouse=True)
def counted_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever counts statements counts those of the first call after a change of set-up, whatever was in memory."""
    enter = CaptureQueriesContext.__enter__

    def entered(self: CaptureQueriesContext) -> CaptureQueriesContext:
        knowing.empty()
        return enter(self)

    monkeypatch.setattr(CaptureQueriesContext, "__enter__", entered)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of the xdist worker, ``main`` without xdist."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@dataclass(frozen=True)
class Databases:
    """A worker's own: one that is only migrated, and a copy of it where a company has its books."""

    bare: str
    kept: str


@pytest.fixture(scope="session")
def own_databases(worker: str, django_test_environment: None, django_db_blocker) -> Iterator[Databases]:
    own = Databases(f"test_{worker}", f"test_{worker}_books")
    with (
        django_db_blocker.unblock(),
        databases.serving(),
        databases.copied(databases.migrated_template(), own.bare),
        databases.copied(databases.migrated_template(), own.kept, before=open_books),
        django_db_blocker.block(),
    ):
        yield own


@pytest.fixture
def django_db_setup(request: pytest.FixtureRequest, own_databases: Databases, django_db_blocker) -> None:
    """Connect to the database that the test wants, unless its module has one."""
    if databases.connected() in (own_databases.bare, own_databases.kept):
        with django_db_blocker.unblock():
            databases.connect_to(own_databases.kept if "books" in request.fixturenames else own_databases.bare)


@pytest.fixture(scope="module")
def live_database(worker: str, own_databases: Databases, django_db_blocker) -> Iterator[str]:
    """A database of this module's own, where tests commit, lock and use threads; its name. Dropped after the module."""
    name = f"test_{worker}_live"
    with django_db_blocker.unblock(), databases.copied(databases.migrated_template(), name):
        yield name


@pytest.fixture(scope="module")
def live_address(live_database: str) -> Iterator[str]:
    """The address of the pages, served from a thread on ``live_database``."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@pytest.fixture
def books(own_databases: Databases, db: None) -> Books:
    """The books of a fresh Italian company with the years 2025 and 2026 open."""
    return Books(Company.objects.get()) if databases.connected() == own_databases.kept else open_books()
