"""What a file from outside is: unwrapped from signature or PDF, parsed without entities or network, and handed to its reader."""

import io
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.formats.xml import parser
from fondaco.finance.einvoicing.outside import placed
from fondaco.finance.einvoicing.outside.figures import clean
from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.outside.seen import kind_of
from fondaco.finance.einvoicing.outside.signatures import content_of
from fondaco.finance.einvoicing.outside.tables import Word, rows_of

__all__ = ["Refused", "told"]
MOST_DEPTH, MOST_ELEMENTS = 40, 200_000
#: The pages of a paper bill that are read, and letters of each.
MOST_PAGES, MOST_LETTERS = 20, 100_000
#: A PDF with fewer words in all is a picture with a stamp on it.
FEWEST_WORDS = 3
EMBEDDED = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")


def told(content: bytes, readers: Sequence[str]) -> dict[str, Any]:
    """What the file is, by the modules ``readers``. Raises Refused with a word for the reason, and the line where there is one."""
    if not content.strip():
        raise Refused("empty")
    if kind_of(content):
        return {"what": "picture", "format": kind_of(content)}
    if content[:64].lstrip().startswith(b"%PDF"):
        inside = from_pdf(content)
        if inside is None:
            return on_paper(content)
        inner, wrapped = inside, "pdf"
    else:
        inner, wrapped = unwrapped(content)
    root = parsed(inner)
    name = etree.QName(root).localname
    for reader in readers:
        module = import_module(reader)
        if name in module.ROOTS:
            answer = module.ROOTS[name](root)
            return {**answer, "format": "facturx"} if wrapped == "pdf" else answer
    raise Refused("unknown_kind", root.sourceline or 0, name)


def unwrapped(content: bytes) -> tuple[bytes, str]:
    """The XML inside, and what it was wrapped in: "signature" or nothing."""
    start = content[:64].lstrip()
    if start.startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
        return content, ""
    return content_of(content), "signature"


def on_paper(content: bytes) -> dict[str, Any]:
    """A PDF without data: what its text says for sure, and the lines of its table. A scanned one has no text, and is a picture."""
    import pypdf

    from fondaco.finance.einvoicing.outside.finding import found, with_lines

    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages[:MOST_PAGES]]
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Refused("bad_pdf", detail=f"{type(error).__name__}: {error}") from error
    if not pages:
        raise Refused("bad_pdf", detail="no pages")
    texts = [clean(p, MOST_LETTERS, keep_lines=True) for p in pages]
    if sum(len(text.split()) for text in texts) < FEWEST_WORDS:
        return {"what": "picture", "format": "pdf"}
    told = found(texts)
    return {"what": "paper", "format": "pdf", "found": with_lines(told, texts, _placed(content), is_picture=False)}


def _placed(content: bytes) -> list[list[Word]]:
    """The words of a PDF with their places; none where the library cannot tell, as the text alone still says what it says."""
    try:
        return placed.words_of(content, MOST_PAGES)
    except (MemoryError, RecursionError):
        raise
    except Exception:
        return []


def seen(content: bytes) -> dict[str, Any]:
    """What stands on a picture, or on the pages of a scanned PDF. Raises Refused."""
    from fondaco.finance.einvoicing.outside.finding import found, with_lines
    from fondaco.finance.einvoicing.outside.seen import words_of

    words = words_of(content)
    texts, spans = [], []
    for page in words:
        text, where = placed.text_of(rows_of(page))
        texts.append(text)
        spans.append(where)
    what = kind_of(content) or "pdf"
    return {"what": "paper", "format": what, "found": with_lines(found(texts, spans), texts, words, is_picture=True)}


def from_pdf(content: bytes) -> bytes | None:
    """The invoice embedded in a PDF (Factur-X, ZUGFeRD); None where it is only paper."""
    import pypdf

    try:
        files = pypdf.PdfReader(io.BytesIO(content)).attachments
        for name in EMBEDDED:
            for each in files.get(name, []):
                return bytes(each)
    # The library raises whatever its branches raise on broken files; each is a PDF that cannot be read.
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Refused("bad_pdf", detail=f"{type(error).__name__}: {error}") from error
    return None


def parsed(content: bytes) -> etree._Element:
    """The root of an XML file; refuses a document type (where entities come from), and what is too deep or too long."""
    try:
        root = etree.fromstring(content, parser())
    except etree.XMLSyntaxError as error:
        raise Refused("not_xml", error.lineno or 0, error.msg or "") from error
    except ValueError as error:
        raise Refused("not_xml", detail=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise Refused("doctype", 1)
    depth = 0
    for count, (event, element) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if count > 2 * MOST_ELEMENTS:
            raise Refused("too_much", element.sourceline or 0)
        if depth > MOST_DEPTH:
            raise Refused("not_xml", element.sourceline or 0, "nested too deeply")
    return root
