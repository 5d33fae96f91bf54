"""Who is still running is known by process id and start time: an id alone may belong to a stranger."""

import subprocess
import sys
import time

import pytest

from fondaco.interfaces.cli import processes
from fondaco.interfaces.cli.processes import Process


@pytest.fixture
def sleeper():
    """A process with a group of its own, whose command names Fondaco."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "fondaco"], start_new_session=True)
    while not processes.members(child.pid):  # until the child has become its own leader and program
        time.sleep(0.01)
    yield child
    child.kill()
    child.wait()


def test_a_stranger_with_the_same_id_is_let_alone(sleeper):
    ours = processes.process("pages", sleeper.pid, leads=True)
    assert ours.pids() == [sleeper.pid]
    earlier = Process("pages", sleeper.pid, "another boot 1", leads=True)
    assert earlier.pids(workers=True) == []
    processes.end([earlier], grace_seconds=0.1)
    assert sleeper.poll() is None


def test_workers_left_behind_by_a_killed_parent_are_ended():
    text = (
        "import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(60)', 'fondaco'], stdout=subprocess.DEVNULL).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", text, "fondaco"], start_new_session=True, stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    noted = processes.process("pages", parent.pid, leads=True)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    while not processes.members(parent.pid):
        time.sleep(0.01)
    assert noted.pids() == [worker]
    processes.end([noted], grace_seconds=5)
    assert not processes.started_at(worker)
