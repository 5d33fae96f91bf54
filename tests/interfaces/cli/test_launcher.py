"""``./fondaco`` itself: steps are done once, and again when their inputs change."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def launcher():
    loader = importlib.machinery.SourceFileLoader("launcher", str(PROJECT / "fondaco"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("launcher", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def done():
    return []


def test_a_step_is_repeated_only_for_changed_inputs(launcher, done, tmp_path):
    lock, mark = tmp_path / "lock", tmp_path / "made" / "mark"
    for content in ("one", "one", "two"):
        lock.write_text(content)
        launcher.step("step", mark, [lock], lambda: done.append(lock.read_text()))
    assert done == ["one", "two"]


def test_an_interrupted_step_is_done_again(launcher, done, tmp_path):
    mark = tmp_path / "mark"

    def interrupted():
        raise KeyboardInterrupt

    launcher.step("step", mark, ["one"], lambda: done.append("one"))
    with pytest.raises(KeyboardInterrupt):
        launcher.step("step", mark, ["two"], interrupted)
    launcher.step("step", mark, ["one"], lambda: done.append("again"))
    assert done == ["one", "again"]


def test_a_failed_command_is_shown_with_the_way_out(launcher):
    with pytest.raises(launcher.SetupFault, match=r"-c raise SystemExit\(3\)\n.*finished steps are not repeated"):
        launcher.run(sys.executable, "-c", "raise SystemExit(3)")


def test_an_old_python_gets_a_sentence(launcher, monkeypatch):
    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later; this is Python 3\.9"):
        launcher.use_a_recent_python()


def test_help_needs_no_packages():
    told = subprocess.run([sys.executable, "-I", "-S", PROJECT / "fondaco", "help"], capture_output=True, text=True, check=True).stdout
    assert "./fondaco COMMAND" in told
    assert "  serve " in told


def test_an_unknown_command_gets_the_overview():
    command = [sys.executable, "-m", "fondaco.interfaces.cli", "sevre"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT / "src")
    assert done.returncode == 2
    assert "no command “sevre”" in done.stderr
    assert "usage: ./fondaco COMMAND" in done.stderr
