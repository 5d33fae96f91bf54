"""The benchmarks run, say what they measured beside which floor, and leave nothing behind. How fast it was is nobody's test."""

import json
import os
import subprocess
import sys

from fondaco.interfaces.cli.benching import _throw_away
from fondaco.interfaces.cli.processes import started_at
from fondaco.platform.database.server import Server


def test_figures_stand_beside_their_floor_and_the_measured_company_is_thrown_away(tmp_path):
    told = tmp_path / "figures.json"
    home = tmp_path / "home"
    environment = dict(os.environ, FONDACO_HOME=str(home), PYTHONPATH=os.pathsep.join(sys.path))
    command = [sys.executable, "-m", "fondaco.interfaces.cli", "bench", "--quick", "--only", "cycles", "--json", str(told)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    (figure,) = json.loads(told.read_text())["figures"]
    assert figure["what"] == "order to cash, 2 lines, sets of 500"
    assert figure["unit"] == "cycles/s"
    assert figure["value"] > 0 and figure["floor"] > 0 and figure["ratio"] == round(figure["floor"] / figure["value"], 3)
    assert not (home / "bench").exists()


def test_its_server_ends_before_its_folder_goes(tmp_path):
    """One that went on would die a minute later, and take the socket of the next measured company with it."""
    home = tmp_path / "bench"
    server = Server(home / "postgres", fast=True)
    server.start()
    cluster, process = server.cluster, int((server.data / "postmaster.pid").read_text().split()[0])
    assert started_at(process)
    _throw_away(home)
    assert not started_at(process)
    assert not home.exists() and not cluster.exists()
