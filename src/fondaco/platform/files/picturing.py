"""Pages of PDF files, and pictures, as pictures of our own making, so that a file from outside is looked at without a browser opening it; drawn by a bounded child."""

import base64
from functools import lru_cache

from fondaco.platform.bounded import Ended, ask
from fondaco.platform.database import tenancy
from fondaco.platform.files.storing import path_of

CHILD = "fondaco.platform.files.picturing_child"
SECONDS = 15
LARGEST = 24 * 1024 * 1024
#: As many pages of a file are shown; the rest is in the file.
MOST_PAGES = 20


class NoPicture(Exception):
    """The file is no PDF that can be drawn, or has no such page."""


def page_count(digest: str) -> int:
    """How many pages can be shown of the file; 0 where it is no PDF that can be read."""
    return _counted(tenancy.key(), digest)


@lru_cache(2048)
def _counted(tenant: str, digest: str) -> int:
    try:
        said = ask(CHILD, [str(path_of(digest)), "0"], b"", seconds=SECONDS, largest_answer=LARGEST)
    except Ended:
        return 0
    return min(int(said.get("pages", 0)), MOST_PAGES)


def page_picture(digest: str, page: int) -> bytes:
    """A page, counted from 1, as PNG. Raises NoPicture."""
    return _drawn(tenancy.key(), digest, page)


@lru_cache(64)
def _drawn(tenant: str, digest: str, page: int) -> bytes:
    if not 1 <= page <= MOST_PAGES:
        raise NoPicture
    try:
        said = ask(CHILD, [str(path_of(digest)), str(page)], b"", seconds=SECONDS, largest_answer=LARGEST)
    except Ended as end:
        raise NoPicture from end
    if "picture" not in said:
        raise NoPicture
    return base64.b64decode(said["picture"])
