"""The words of a picture, and of the pages of a scanned PDF, with their places and how surely each was read (AP-04). No Django.

Reading text in pictures is the work of a library of its own (decision 17). A picture with too many points is refused before it is unpacked.
"""

import io
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.outside.tables import Word

#: Points of a picture, pages that are read, the longer side that a page is brought to.
MOST_POINTS, MOST_PAGES, LONGEST = 50_000_000, 5, 2200
#: A page of a PDF is drawn at so many points an inch; words below this certainty are left out.
DENSITY, SUREST_LEFT_OUT = 160, 0.5
STARTS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"II*\x00": "tiff", b"MM\x00*": "tiff"}


def kind_of(content: bytes) -> str | None:
    """Which kind of picture the first bytes promise."""
    return next((kind for start, kind in STARTS.items() if content.startswith(start)), None)


def words_of(content: bytes) -> list[list[Word]]:
    """The words of each page, in points from its upper left. Raises Refused."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise Refused("no_reader") from error
    reader = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST,
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return [upright(list(_read(reader, page))) for page in _pages(content)]


def _pages(content: bytes) -> Iterator[Any]:
    try:
        yield from _drawn(content) if content[:64].lstrip().startswith(b"%PDF") else _unpacked(content)
    except (MemoryError, RecursionError, Refused):
        raise
    # Both libraries raise whatever a broken file breaks in them; each is a picture that cannot be read.
    except Exception as error:
        raise Refused("bad_picture", detail=f"{type(error).__name__}: {error}"[:200]) from error


def _unpacked(content: bytes) -> Iterator[Any]:
    import numpy
    from PIL import Image, ImageOps, ImageSequence

    # The size is in the head of the file: nothing is unpacked to learn it.
    try:
        opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF"))
    except Image.DecompressionBombError as error:
        raise Refused("too_many_points") from error
    with opened as picture:
        for number, frame in enumerate(ImageSequence.Iterator(picture)):
            if number == MOST_PAGES:
                return
            if frame.width * frame.height > MOST_POINTS:
                raise Refused("too_many_points", detail=f"{frame.width} x {frame.height}")
            upright_frame = ImageOps.exif_transpose(frame)
            upright_frame.thumbnail((2 * LONGEST, 2 * LONGEST))
            if upright_frame.mode in ("RGBA", "LA", "P"):
                paper = Image.new("RGBA", upright_frame.size, "white")
                upright_frame = Image.alpha_composite(paper, upright_frame.convert("RGBA"))
            yield numpy.asarray(upright_frame.convert("RGB"))[:, :, ::-1]


def _drawn(content: bytes) -> Iterator[Any]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        width, height = page.get_size()
        scale = min(DENSITY / 72, LONGEST / max(width, height, 1))
        yield page.render(scale=scale).to_numpy()[:, :, :3]


def _read(reader: Any, picture: Any) -> Iterator[Word]:
    """The words as they were found."""
    found = reader(picture, return_word_box=True)
    # A page without words comes back as lines of something else.
    for text, sure, box in (word for line in found.word_results for word in line) if found.txts else ():
        xs, ys = [float(p[0]) for p in box], [float(p[1]) for p in box]
        if sure >= SUREST_LEFT_OUT and text.strip():
            yield Word(text.strip(), min(xs), max(xs), min(ys), max(ys), float(sure))


def upright(words: Sequence[Word]) -> list[Word]:
    """The words of a page that was laid a little askew, as if it had been straight: turned by the slope that most neighbours have."""
    slopes = []
    for a in words:
        height = a.bottom - a.top
        after = [b for b in words if 0 < b.left - a.right < 12 * height and abs(b.middle - a.middle) < 0.8 * height]
        if after:
            b = min(after, key=lambda w: w.left)
            slopes.append((b.middle - a.middle) / ((b.left + b.right - a.left - a.right) / 2))
    slope = median(slopes) if len(slopes) > 5 else 0.0
    return [
        Word(
            w.text,
            w.left + slope * w.middle,
            w.right + slope * w.middle,
            w.top - slope * (w.left + w.right) / 2,
            w.bottom - slope * (w.left + w.right) / 2,
            w.sure,
        )
        for w in words
    ]
