"""What was backed up comes back, and what cannot come back whole is refused before anything changes (DE-05)."""

import stat
import tarfile

import pytest


@pytest.fixture
def written(house, tmp_path):
    """A backup of a house with one table of one row and one file."""
    house.sql("drop table if exists kept; create table kept as select 1 as number")
    letter = house.home / "files" / "2026" / "letter.txt"
    letter.parent.mkdir(parents=True, exist_ok=True)
    letter.write_text("as it was")
    target = tmp_path / "house.backup"
    house.does("backup", target)
    return target


def change(house):
    house.sql("insert into kept values (2)")
    (house.home / "files" / "2026" / "letter.txt").write_text("changed")


def state(house):
    return house.sql("table kept"), (house.home / "files" / "2026" / "letter.txt").read_text()


def test_a_restore_brings_back_rows_and_files_and_keeps_the_present_aside(house, written):
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    change(house)
    told = house.does("restore", "--forget-previous", written)
    assert "fondaco_before_restore" in told
    assert "stay paused" in told
    assert state(house) == ([(1,)], "as it was")
    assert (house.home / "fondaco_before_restore" / "2026" / "letter.txt").read_text() == "changed"
    assert house.sql(
        "select has_table_privilege('fondaco_app', 'one', 'select'), has_table_privilege('fondaco_app', 'one', 'truncate')"
    ) == [(True, False)]


def test_what_an_earlier_restore_kept_is_not_forgotten_unasked(house, written):
    house.does("restore", "--forget-previous", written)
    assert "--forget-previous" in house.refuses("restore", written)


def test_a_backup_overwrites_nothing(house, written):
    before = written.read_bytes()
    assert "never overwrites" in house.refuses("backup", written)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == [written.name]


@pytest.mark.parametrize("harm", ["flip", "cut", "add", "empty"])
def test_a_harmed_backup_is_refused_and_nothing_changes(house, written, tmp_path, harm):
    if harm == "flip":
        content = bytearray(written.read_bytes())
        content[2000] ^= 1
        written.write_bytes(content)
    elif harm == "cut":
        written.write_bytes(written.read_bytes()[:-12_000])
    elif harm == "empty":
        written.write_bytes(b"")
    else:
        (tmp_path / "stranger").write_text("x")
        with tarfile.open(written, "a") as tar:
            tar.add(tmp_path / "stranger", "files/../../stranger")
    change(house)
    refusal = house.refuses("restore", "--forget-previous", written)
    assert "Nothing was changed" in refusal or "not restored" in refusal
    assert state(house) == ([(1,), (2,)], "changed")
