"""The content of a signed file (.p7m: CMS SignedData in DER, BER or Base64). Pure; the signature itself is not judged.

Only the way to the content is walked: ContentInfo, SignedData, EncapsulatedContentInfo. Lengths are checked against what is there, so
that no length in the file makes us read or keep more than the file.
"""

import base64
import binascii
import re

from fondaco.finance.einvoicing.outside.refused import Refused

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
SEQUENCE, OCTETS, OBJECT, EXPLICIT = 0x30, 0x04, 0x06, 0xA0
CONSTRUCTED = 0x20
DEEPEST = 8
MOST_PIECES = 100_000


def content_of(signed: bytes) -> bytes:
    """The file inside a signature, also of a signature within a signature."""
    for _layer in range(3):
        try:
            signed = _content(_der(signed))
        except (IndexError, ValueError) as error:
            raise Refused("not_signed", detail=str(error)) from error
        if signed.lstrip().startswith((b"<", b"\xef\xbb\xbf")):
            return signed
    raise Refused("not_signed", detail="no XML inside")


def _der(content: bytes) -> bytes:
    """The bytes of the signature; some programs write them as Base64."""
    if content[:1] == bytes([SEQUENCE]):
        return content
    text = re.sub(rb"-----[A-Z0-9 ]+-----|\s", b"", content)
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("neither a signature nor Base64 of one") from error
    if found[:1] != bytes([SEQUENCE]):
        raise ValueError("no signature")
    return found


def _content(data: bytes) -> bytes:
    place, _end = _enter(data, 0, SEQUENCE)
    place, end = _head(data, place, OBJECT)
    if data[place:end] != SIGNED_DATA:
        raise ValueError("not signed data")
    place, _end = _enter(data, end, EXPLICIT)
    place, _end = _enter(data, place, SEQUENCE)
    place = _skip(data, place)  # version
    place = _skip(data, place)  # digest algorithms
    place, _end = _enter(data, place, SEQUENCE)
    place = _skip(data, place)  # kind of content
    place, _end = _enter(data, place, EXPLICIT)
    pieces: list[bytes] = []
    _octets(data, place, pieces, 0)
    return b"".join(pieces)


def _length(data: bytes, place: int) -> tuple[int, int | None]:
    """Where the content begins and how long it is; None: until its end mark (BER)."""
    first = data[place]
    place += 1
    if first < 0x80:
        return place, first
    if first == 0x80:
        return place, None
    count = first & 0x7F
    if count > 4:
        raise ValueError("a length of more than four bytes")
    length = int.from_bytes(data[place : place + count], "big")
    place += count
    if place + length > len(data):
        raise ValueError("a length beyond the end of the file")
    return place, length


def _head(data: bytes, place: int, tag: int) -> tuple[int, int]:
    """Begin and end of a primitive value with this tag."""
    if data[place] != tag:
        raise ValueError(f"unexpected tag {data[place]:#x} at byte {place}")
    begin, length = _length(data, place + 1)
    if length is None:
        raise ValueError("a value without length")
    return begin, begin + length


def _enter(data: bytes, place: int, tag: int) -> tuple[int, int | None]:
    if data[place] != tag:
        raise ValueError(f"unexpected tag {data[place]:#x} at byte {place}")
    return _length(data, place + 1)


def _skip(data: bytes, place: int, depth: int = 0) -> int:
    """The place behind a value."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    begin, length = _length(data, place + 1)
    if length is not None:
        return begin + length
    while data[begin : begin + 2] != b"\0\0":
        if begin >= len(data):
            raise ValueError("the file ends in the middle")
        begin = _skip(data, begin, depth + 1)
    return begin + 2


def _octets(data: bytes, place: int, pieces: list[bytes], depth: int) -> int:
    """Collect an octet string, in one piece or in many; the place behind it."""
    if depth > DEEPEST or len(pieces) > MOST_PIECES:
        raise ValueError("nested too deeply")
    tag = data[place]
    if tag == OCTETS:
        begin, end = _head(data, place, OCTETS)
        pieces.append(data[begin:end])
        return end
    if tag != OCTETS | CONSTRUCTED:
        raise ValueError(f"unexpected tag {tag:#x} at byte {place}")
    begin, length = _length(data, place + 1)
    stop = None if length is None else begin + length
    while begin != stop:
        if stop is None and data[begin : begin + 2] == b"\0\0":
            return begin + 2
        if begin >= len(data):
            raise ValueError("the file ends in the middle")
        begin = _octets(data, begin, pieces, depth + 1)
    return begin
