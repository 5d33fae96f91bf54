"""Folders by which other programs take and bring files: dropped whole and once, taken one by one, laid aside with the reason."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import transaction

from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

A_ROUND = 200


class OtherContent(Exception):
    """A file of that name lies there already and holds something else."""


def drop(target: Path, given: bytes) -> None:
    """Write the file whole, under its own name; the same file twice lies there once. Raises OtherContent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    draft.write_bytes(given)
    try:
        os.link(draft, target)
    except FileExistsError:
        if target.read_bytes() != given:
            raise OtherContent(f"{target} is there with another content") from None
    finally:
        draft.unlink()


@dataclass
class Collected:
    """How many files were new, known already, and refused."""

    new: int = 0
    known: int = 0
    refused: int = 0


def collect(box: Path, take: Callable[[str, bytes], bool], *, actor: str, verb: str, largest: int, limit: int = A_ROUND) -> Collected:
    """Take what lies in the folder, oldest first; ``take`` gets name and bytes (one more than ``largest`` where there are more) and says
    whether they said anything new. A refused file stops no other; files are moved when what they said is safe."""
    done = Collected()
    if not box.is_dir():
        return done
    files = sorted(
        (p for p in box.iterdir() if p.is_file() and not p.is_symlink() and not p.name.startswith(".")),
        key=lambda p: (p.stat().st_mtime, p.name),
    )
    for path in files[:limit]:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
        try:
            with unit_of_work(actor, verb):
                is_new = take(path.name, raw)
        except UserError as refusal:
            done.refused += 1
            transaction.on_commit(partial(_lay_aside, path, "refused", refusal.sentence()))
            continue
        done.new += is_new
        done.known += not is_new
        transaction.on_commit(partial(_lay_aside, path, "done"))
    return done


def _lay_aside(path: Path, where: str, reason: str = "") -> None:
    target = path.parent / where
    target.mkdir(exist_ok=True)
    os.replace(path, target / path.name)
    if reason:
        (target / f"{path.name}.txt").write_text(reason + "\n", encoding="utf-8")
