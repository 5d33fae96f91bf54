"""Files that another program dropped into ``<home>/einvoices/in``: taken one by one, then laid aside as done or refused, with the reason."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import transaction

from fondaco.finance.einvoicing.channels import folder
from fondaco.finance.einvoicing.outside.asking import LARGEST
from fondaco.finance.einvoicing.receiving import bring
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

ACTOR, VERB = "program.einvoicing", "einvoicing.collect"
A_ROUND = 200


@dataclass
class Collected:
    """How many files were new, known already, and refused."""

    new: int = 0
    known: int = 0
    refused: int = 0


def collect(*, limit: int = A_ROUND) -> Collected:
    """Take what lies in the folder, oldest first. A refused file stops no other; files are moved when what they said is safe."""
    done = Collected()
    box = folder("in")
    if not box.is_dir():
        return done
    files = sorted(
        (p for p in box.iterdir() if p.is_file() and not p.is_symlink() and not p.name.startswith(".")),
        key=lambda p: (p.stat().st_mtime, p.name),
    )
    for path in files[:limit]:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        try:
            with unit_of_work(ACTOR, VERB):
                is_new = bring(path.name, raw).is_new
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
