"""An installation of its own: a data folder with a database server, driven from the command line as a person would."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from fondaco.platform.database.server import Server


@dataclass(frozen=True)
class House:
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        return inherited | {
            "FONDACO_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "tests.interfaces.cli.small_house",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), env=self.environment, capture_output=True, text=True, check=False, timeout=400)

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "fondaco.interfaces.cli", *map(str, words)]

    def does(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refuses(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        parameters = Server(self.home / "postgres").connection("fondaco", "fondaco")
        with psycopg.connect(**parameters, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    house = House(Path(tempfile.mkdtemp(prefix="fondaco-house-")))
    house.home.chmod(0o711)  # the database server's account passes through
    house.does("migrate", "-v", "0")
    yield house
    house.does("stop")
    shutil.rmtree(house.home)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    def wait(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline, "it did not happen within 30 s"
            time.sleep(0.05)

    return wait
