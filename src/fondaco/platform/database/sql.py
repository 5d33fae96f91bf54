"""Numbered SQL files for migrations: one statement a part, parts separated by a line holding only ``-- next``."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_file(migration_file: str, name: str) -> RunSQL:
    """The statements of ``name``, which lies beside the migration ``migration_file`` (pass ``__file__``)."""
    text = (Path(migration_file).parent / name).read_text(encoding="utf-8")
    return RunSQL([part.strip() for part in text.split("\n-- next\n") if part.strip()], RunSQL.noop)
