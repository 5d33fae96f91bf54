"""Whether what a carrier calls a label is one: it is kept and handed on, never opened here."""

import base64
import binascii

from fondaco.operations.shipping.carriers.declared import NotCarried, Paper

LARGEST = 4 * 1024 * 1024
#: Where a PDF ends, as far from its last byte as readers look.
TAIL = 1024


def paper(name: str, form: str, given: object) -> Paper:
    """A paper as it came, in base64. Raises NotCarried where it is not what it says."""
    if not isinstance(given, str) or len(given) > LARGEST * 4 // 3 + 4:
        raise NotCarried(f"{name} is no text, or larger than {LARGEST} bytes")
    try:
        content = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotCarried(f"{name} is not in base64") from error
    if form == "pdf" and not (content.startswith(b"%PDF-") and b"%%EOF" in content[-TAIL:]):
        raise NotCarried(f"{name} is no PDF")
    if form == "zpl" and not (content.lstrip()[:3] == b"^XA" and content.rstrip()[-3:] == b"^XZ"):
        raise NotCarried(f"{name} is no ZPL")
    return Paper(f"{name}.{form}", content)
