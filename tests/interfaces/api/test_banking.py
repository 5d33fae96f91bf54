"""Bank files by the API and by the command: added once, refused with line and reason (BK-01)."""

import pytest

from fondaco.finance.banking.models import BankLine
from fondaco.interfaces.cli import importing
from tests.finance.banking import files
from tests.finance.banking.bank import open_account
from tests.interfaces.conftest import caller


@pytest.fixture
def account(books):
    return open_account(books)


def test_a_file_comes_in_once_and_lines_are_matched_by_the_api(books, account):
    program = caller("program", "banking.*", "ledger.view_*")
    content = files.statement([files.entry("-3.00", text="Canone"), files.entry("5.00")], ["-3.00", "5.00"])
    sent = program.post("/api/v1/bank-statements/files?name=feb.xml", content, content_type="application/octet-stream")
    assert (sent.status_code, sent.json()["lines"], sent.json()["known"]) == (200, 2, 0)
    again = program.post("/api/v1/bank-statements/files?name=feb.xml", content, content_type="application/octet-stream").json()
    assert (again["lines"], again["known"], again["statements"]) == (0, 2, [])
    rows = program.get("/api/v1/bank-lines?state=open&sort=booked_on").json()["data"]
    assert len(rows) == 2
    charges = books.account("bank_charges").pk
    fee = next(r["id"] for r in rows if r["remittance"] == "Canone")
    done = program.post("/api/v1/bank-lines/post_to_account", {"ids": [fee], "account": charges})
    assert done.status_code == 200, done.json()
    assert books.balance("bank_charges") == 3
    books.assert_checks_hold()


def test_a_bad_file_is_refused_with_line_and_reason(account):
    program = caller("program", "banking.import_statement")
    sent = program.post("/api/v1/bank-statements/files?name=bad.xml", files.BOMB, content_type="application/octet-stream")
    assert (sent.status_code, sent.json()["code"]) == (422, "banking.file_refused")
    assert "document type" in sent.json()["detail"]
    assert program.post("/api/v1/bank-statements/files", b"x", content_type="application/octet-stream").status_code == 400
    assert caller("stranger", "sales.view_*").post("/api/v1/bank-statements/files?name=a", b"x").status_code == 403
    assert BankLine.objects.count() == 0


def test_the_command_imports_a_folder_and_tells_what_was_refused(account, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(importing, "bring_to_present", lambda _verbosity: None)
    (tmp_path / "a.sta").write_bytes(files.MT940)
    (tmp_path / "b.xml").write_bytes(files.BOMB)
    assert importing.bank(tmp_path) == 1
    told = capsys.readouterr().out
    assert "a.sta: mt940, 2 lines added" in told
    assert "b.xml was not read" in told
    assert importing.bank(tmp_path / "a.sta") == 0
    assert BankLine.objects.count() == 2
