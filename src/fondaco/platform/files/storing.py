"""The bytes of files, in ``<home>/files`` under their digest: written once, never changed, whole or not there at all."""

import contextlib
import hashlib
import mimetypes
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.tenancy import own_folder

LARGEST = int(os.environ.get("FONDACO_LARGEST_FILE", str(25 * 1024 * 1024)))
LONGEST_NAME = 150


class FileTooLarge(UserError):
    code, status = "files.too_large", 413
    message = _("{name} was not kept: files may have at most {limit} MB. Make it smaller, or keep it elsewhere and write a note.")


class FileEmpty(UserError):
    code, status = "files.empty", 422
    message = _("{name} was not kept: it is empty. Choose the file again.")


class FileGone(UserError):
    code, status = "files.gone", 410
    message = _("The content of {name} is not in the data folder. Restore it from a backup.")


@dataclass(frozen=True)
class Kept:
    """A file whose bytes are safe on disk. ``size`` in bytes."""

    name: str
    media_type: str
    size: int
    digest: str


def keep(name: str, chunks: Iterable[bytes]) -> Kept:
    """Write the bytes down, durably, and say what they are. The same bytes twice are kept once.

    Raises FileTooLarge and FileEmpty; then nothing is kept.
    """
    name = safe_name(name)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with _draft(folder) as draft:
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST:
                raise FileTooLarge(name=name, limit=LARGEST // (1024 * 1024))
            digest.update(chunk)
            draft.write(chunk)
        if not size:
            raise FileEmpty(name=name)
        draft.flush()
        os.fsync(draft.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.replace(draft.name, target)
        _sync_folder(target.parent)
    return Kept(name, mimetypes.guess_type(name)[0] or "application/octet-stream", size, digest.hexdigest())


def read(digest: str, name: str) -> IO[bytes]:
    """The bytes, opened for reading. Raises FileGone when the data folder has lost them."""
    try:
        return path_of(digest).open("rb")
    except FileNotFoundError as error:
        raise FileGone(name=name) from error


def path_of(digest: str) -> Path:
    """Where the bytes of a digest lie."""
    return _folder() / digest[:2] / digest


def safe_name(name: str) -> str:
    """A file's own name without its folders and without characters that a name on another machine cannot have."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME:
        plain = f"{stem[: LONGEST_NAME - 20]}{dot}{ending[:19]}"
    return plain or "file"


def _folder() -> Path:
    """Of the tenant being served, where there are several."""
    return own_folder(home_folder() / "files")


@contextlib.contextmanager
def _draft(folder: Path) -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".incoming-", delete=False) as draft:
        try:
            yield draft
        finally:
            Path(draft.name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
