"""Files on records: whole or not at all, seen with their record only, inert when they leave (by API and by page)."""

import hashlib

import pytest

from fondaco.platform.audit.models import Change
from fondaco.platform.files import storing
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import path_of, safe_name
from tests.interfaces.conftest import caller

SCRIPT = b"<script>alert(1)</script>"


@pytest.fixture(scope="module")
def keeper(parcels):
    return caller("keeper", "*")


@pytest.fixture(scope="module")
def parcel(keeper, parcels):
    return keeper.post("/api/v1/parcels", {"company": str(parcels.pk), "title": "With files"}).json()["id"]


def put(who, parcel, content, name):
    return who.call("POST", f"/api/v1/parcels/{parcel}/files?name={name}", content, content_type="application/octet-stream")


def test_a_file_comes_back_as_it_was_put_and_is_kept_once(keeper, parcel):
    answer = put(keeper, parcel, SCRIPT, "page.html")
    made = answer.json()
    assert answer.status_code == 201, made
    assert (made["name"], made["size"], made["sha256"]) == ("page.html", len(SCRIPT), hashlib.sha256(SCRIPT).hexdigest())
    assert put(keeper, parcel, SCRIPT, "page.html").json()["id"] == made["id"]
    assert [f["id"] for f in keeper.get(f"/api/v1/parcels/{parcel}/files").json()["data"]] == [made["id"]]
    content = keeper.get(answer["Location"])
    assert b"".join(content.streaming_content) == SCRIPT
    assert content["Content-Type"] == "application/octet-stream"
    assert content["Content-Disposition"].startswith("attachment")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in content["Content-Security-Policy"]


def test_a_file_is_seen_and_taken_off_only_by_who_may(keeper, parcel, parcels):
    made = put(keeper, parcel, b"secret", "plan.txt").json()
    for stranger in (caller("stranger", "sales.*"), caller("elsewhere", "*", company=parcels.pk, scope="own")):
        assert stranger.get(f"/api/v1/parcels/{parcel}/files").status_code in {403, 404}
        assert stranger.get(made["href"]).status_code in {403, 404}
        assert stranger.delete(made["href"]).status_code in {403, 404}
        assert put(stranger, parcel, b"more", "more.txt").status_code in {403, 404}
    reader = caller("reader", "parcels.view_parcel")
    assert b"".join(reader.get(made["href"]).streaming_content) == b"secret"
    refused = reader.delete(made["href"])
    assert (refused.status_code, refused.json()["code"]) == (403, "platform.not_allowed")
    other = keeper.post("/api/v1/parcels", {"company": str(parcels.pk), "title": "Another"}).json()["id"]
    assert keeper.get(f"/api/v1/parcels/{other}/files/{made['id']}").status_code == 404
    assert keeper.delete(made["href"]).status_code == 204
    assert keeper.get(made["href"]).status_code == 404
    assert Change.objects.filter(table_name="files_attachment", row_id=made["id"], operation="delete").exists()
    assert path_of(made["sha256"]).exists(), "backups that name it still find it"


def test_empty_and_oversized_files_are_refused_and_nothing_is_kept(keeper, parcel, monkeypatch):
    monkeypatch.setattr(storing, "LARGEST", 1024 * 1024)
    before = Attachment.objects.count()
    empty = put(keeper, parcel, b"", "nothing.txt")
    assert (empty.status_code, empty.json()["detail"]) == (422, "nothing.txt was not kept: it is empty. Choose the file again.")
    large = put(keeper, parcel, b"x" * (1024 * 1024 + 1), "large.bin")
    assert large.status_code == 413
    assert large.json()["detail"].startswith("large.bin was not kept: files may have at most 1 MB.")
    assert Attachment.objects.count() == before
    folder = path_of("0" * 64).parents[1]
    assert not list(folder.glob(".incoming-*"))
    assert keeper.call("POST", f"/api/v1/parcels/{parcel}/files", b"x").status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\run.exe", "run.exe"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("...", "file"),
        ("fattura àèì.pdf", "fattura àèì.pdf"),
    ],
)
def test_names_cannot_leave_their_folder_or_deceive(given, kept):
    assert safe_name(given) == kept
