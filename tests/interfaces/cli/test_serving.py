"""The house opens, stays open when a part of it dies, and closes."""

import json
import os
import signal
import socket
import subprocess
import urllib.request

import pytest


@pytest.fixture(scope="module")
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(house, port):
    """``serve`` has said that it serves."""
    command = house.command("serve", "--port", port, "--workers", 1)
    with subprocess.Popen(command, env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as serve:
        for line in serve.stdout:
            if line.startswith("Fondaco is at"):
                break
        yield serve
        house.does("stop")


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return page.read() == b"the house stands"
    except OSError:
        return False


def processes(house):
    return {each["name"]: each["pid"] for each in json.loads((house.home / "processes.json").read_text())["processes"]}


def test_a_second_serve_says_where_the_first_one_is(house, serving, port):
    assert answers(port)
    assert f"already serves this data folder at http://127.0.0.1:{port}/" in house.refuses("serve")


def test_ctrl_c_ends_the_pages_and_leaves_the_database(house, serving, port):
    serving.send_signal(signal.SIGINT)
    assert serving.wait(30) == 0
    assert not answers(port)
    assert house.sql("select 1") == [(1,)]


def test_a_killed_child_is_started_again(house, serving, port, eventually):
    killed = processes(house)["pages"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: processes(house)["pages"] != killed and answers(port))
    assert serving.poll() is None


def test_stop_ends_what_a_killed_parent_left_behind(house, serving, port):
    found = processes(house)
    os.kill(found["serve"], signal.SIGKILL)
    os.kill(found["pages"], signal.SIGKILL)
    assert f"Stopped serving http://127.0.0.1:{port}/" in house.does("stop")
    assert not answers(port)
    house.does("migrate", "-v", "0")  # the database runs again for the next test


def test_a_taken_port_is_named_with_the_way_out(house, port):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the pages of the tests before may linger
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"Port {port} on 127.0.0.1 cannot be used" in house.refuses("serve", "--port", port)


@pytest.mark.parametrize(("words", "sentence"), [(["--port", 99999], "99999 is no port"), (["--host", "nowhere.invalid"], "is no address")])
def test_a_wrong_address_is_named(house, words, sentence):
    assert sentence in house.refuses("serve", *words)


def test_a_process_id_that_went_to_a_stranger_is_left_alone(house):
    with subprocess.Popen(["sleep", "60"]) as stranger:
        note = {"address": "", "processes": [{"name": "serve", "pid": stranger.pid, "started": "long ago", "leads": False}]}
        (house.home / "processes.json").write_text(json.dumps(note))
        house.does("stop")
        assert stranger.poll() is None
        stranger.kill()
    house.does("migrate", "-v", "0")


def test_two_first_starts_at_once_make_one_database(house):
    starts = [
        subprocess.Popen(house.command("migrate", "-v", "0"), env=house.environment | {"FONDACO_DATABASE": "second"}) for _ in range(2)
    ]
    assert [start.wait(120) for start in starts] == [0, 0]
