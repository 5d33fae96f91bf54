"""``./fondaco demo`` stopped in the middle leaves nothing broken: the next one begins anew."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.interfaces.cli.conftest import House


def test_a_demo_stopped_while_it_was_built_is_built_anew(eventually):
    house = House(Path(tempfile.mkdtemp(prefix="fondaco-demo-")))
    house.home.chmod(0o711)  # the database server's account passes through
    try:
        house.does("migrate", "-v", "0")
        building = subprocess.Popen(house.command("demo", "--scale", "0.05", "--build-only"), env=house.environment, stdout=subprocess.PIPE)
        eventually(lambda: bool(house.sql("select 1 from companies_company")))
        building.send_signal(signal.SIGINT)
        building.communicate(timeout=400)
        assert building.returncode == 130
        assert house.sql("select count(*) from access_membership") == [(0,)]
        told = house.does("demo", "--scale", "0.05", "--build-only")
        assert "built anew" in told
        assert "checks hold" in told
        assert "is here already" in house.does("demo", "--scale", "0.05", "--build-only")
    finally:
        house.run("stop")
        shutil.rmtree(house.home)
