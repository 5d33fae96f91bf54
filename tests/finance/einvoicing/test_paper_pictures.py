"""AP-04: scans, photographs and PDFs without text are read in a bounded child; what is proposed is proven, and nothing is invented."""

import io
import struct
import zlib
from decimal import Decimal

import pytest
from PIL import Image

from fondaco.finance.einvoicing.capturing import marks, proposed_lines
from fondaco.finance.einvoicing.models import Capture
from fondaco.finance.einvoicing.outside import seen
from fondaco.finance.einvoicing.outside.asking import read
from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.outside.tables import Word
from fondaco.finance.einvoicing.refusals import NotReadable
from fondaco.finance.payables.models import Bill, VendorTerms
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.picturing import page_count, page_picture
from tests.finance.einvoicing.house import VAT
from tests.finance.einvoicing.papers import IBAN, ITEMS, picture, scanned, sheet
from tests.finance.einvoicing.test_on_paper import brought, ours
from tests.finance.einvoicing.test_paper_lines import ONE_RATE, as_printed, figures
from tests.finance.einvoicing.test_receiving import cost, home, vendor

__all__ = ["home", "ours"]


@pytest.mark.parametrize(
    ("layout", "items", "kind", "look"),
    [
        ("classic", ITEMS, "PNG", {"turn": 0.8, "noise": 1500}),
        ("code", ITEMS, "TIFF", {"density": 200}),
        ("english", ITEMS, "JPEG", {"turn": -1.2, "noise": 800}),
        ("plain", ONE_RATE, "PNG", {}),
    ],
)
def test_pictures_are_read_with_their_lines(layout, items, kind, look):
    """AP-04: Italian and English, askew, dirty, packed with loss: header and lines as printed, each with a confidence below that of text."""
    found = dict(read(f"bill.{kind.lower()}", picture(sheet(layout, items), kind, **look)).found)
    assert [f[1:] for f in figures(found)] == [f[1:] for f in as_printed(items, layout)]
    words = {w for n in found["lines"]["lines"] for w in n["description"].split()}
    printed = {w for i in items for w in i.text.split()}
    assert len(words & printed) >= len(printed) - 2, "descriptions may have a letter wrong, figures not"
    sure = {field: (told[0]["value"], told[0]["confidence"]) for field, told in found.items() if field != "lines"}
    assert sure["vendor_number"][0] == "2026/118" and sure["vendor_date"][0] == "2026-03-14"
    assert sure["iban"][0] == IBAN.replace(" ", "")
    assert VAT in {told["value"] for told in found["seller_vat"]}
    assert sure["gross"][1] == 97 and sure["vendor_number"][1] <= 80 and sure["vendor_date"][1] <= 85
    assert all(0 < n["confidence"] <= 98 for n in found["lines"]["lines"])


def test_a_wrong_total_on_a_picture_is_never_sure():
    """AP-04: a total that the lines contradict has a low confidence, one that nothing proves a middling one at most."""
    found = read("bill.png", picture(sheet("classic", total=Decimal("1001.50")))).found
    assert found["lines"]["why"] == "not_summing"
    assert [t["confidence"] <= 40 for t in found["gross"]] == [True]
    found = read("bill.png", picture("#set page(width: 21cm, height: 12cm)\nFattura n. 7 \\\nTotale fattura € 310,00")).found
    assert [(t["value"], t["confidence"] <= 60) for t in found["gross"]] == [("310.00", True)]


def test_a_scan_becomes_a_bill_with_its_original(ours):
    """AP-04: a PDF whose page is a picture: kept unchanged, shown as a picture, drafted with its lines, posted."""
    vendor(ours, account=cost(ours))
    with unit_of_work("test", "test"):
        VendorTerms.objects.update(needs_order=False)
    raw = scanned(sheet("classic"))
    (key,) = brought(raw, "scan.pdf").captured
    row = Capture.objects.get(pk=key)
    assert [n.amount for n in proposed_lines(row)] == [i.amount for i in ITEMS]
    assert {m.field: m.how for m in marks(row)}["gross"] == "proposed"
    (bill,) = ours.do("einvoicing.draft_paper", key, on="2026-03-20").made["bills"]
    ours.do("payables.post", bill)
    made = Bill.objects.get(pk=bill)
    assert (made.gross, made.lines.count(), made.state) == (made.stated_total, 3, "posted")
    assert Attachment.objects.get(table_name="payables_bill", row_id=bill).digest == row.digest
    ours.assert_checks_hold()


def test_a_photograph_is_kept_and_shown(ours):
    """AP-04: the file is kept as it came; what is shown is drawn anew, so that no browser opens it; without words nothing is proposed."""
    into = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(into, "JPEG")
    (key,) = brought(into.getvalue(), "photo.jpg", [ours.company]).captured
    row = Capture.objects.get(pk=key)
    assert row.found == {}
    assert page_count(row.digest) == 1
    shown = page_picture(row.digest, 1)
    assert shown.startswith(b"\x89PNG") and Image.open(io.BytesIO(shown)).size == (800, 600)


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has so many points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\x00" * 1_000_000, 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (bomb(60_000, 60_000), "more points than a page needs"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "the picture cannot be read"),
        (picture(sheet("classic"))[:4000], "the picture cannot be read"),
        (b"\xff\xd8\xff\xe0" + b"no picture" * 30, "the picture cannot be read"),
        (b"II*\x00" + b"\xff" * 300, "the picture cannot be read"),
    ],
    ids=["bomb", "torn head", "half", "no jpeg", "no tiff"],
)  # fmt: skip
def test_hostile_pictures_are_refused_and_change_nothing(ours, raw, why):
    """AP-04: refused by what the head says, before anything is unpacked, or by the library in its child."""
    with pytest.raises(NotReadable, match=why):
        brought(raw, "bill.png", [ours.company])
    assert not Capture.objects.exists() and not Attachment.objects.exists()


def test_it_runs_out_of_its_own_bounds_only(monkeypatch):
    """AP-04: a child that takes too long, or too much, is ended, and the file refused."""
    monkeypatch.setenv("FONDACO_READING_SECONDS", "1")
    with pytest.raises(NotReadable, match="takes too long"):
        read("bill.png", picture(sheet("classic")))
    monkeypatch.delenv("FONDACO_READING_SECONDS")
    monkeypatch.setenv("FONDACO_READING_MEMORY", str(700 * 1024 * 1024))
    with pytest.raises(NotReadable):
        read("bill.png", picture(sheet("classic")))


def test_where_the_library_is_missing_it_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rapidocr", None)
    with pytest.raises(Refused) as refused:
        seen.words_of(picture(sheet("classic")))
    assert refused.value.why == "no_reader"


def test_a_page_askew_is_laid_straight():
    """AP-04: words of one row stand in one row again."""
    slope = 0.03
    words = [
        Word("w", 100.0 * n, 100.0 * n + 60, 40 * r + slope * 100 * n, 40 * r + 12 + slope * 100 * n) for r in range(5) for n in range(10)
    ]
    straight = seen.upright(words)
    for r in range(5):
        middles = [w.middle for w in straight[10 * r : 10 * r + 10]]
        assert max(middles) - min(middles) < 3
