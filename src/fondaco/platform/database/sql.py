"""Numbered SQL files for migrations: one statement a part, parts separated by a line holding only ``-- next``."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_file(migration_file: str, name: str) -> RunSQL:
    """The statements of ``name``, which lies beside the migration ``migration_file`` (pass ``__file__``)."""
    return RunSQL(statements(Path(migration_file).parent / name), RunSQL.noop)


def statements(file: Path) -> list[str]:
    """The statements of a numbered SQL file, in their order."""
    return [part.strip() for part in file.read_text(encoding="utf-8").split("\n-- next\n") if part.strip()]
