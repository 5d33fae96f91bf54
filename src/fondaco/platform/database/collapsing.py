"""Write the first migration of rooms anew from their models: until the first release each keeps one.

``python -m fondaco.platform.database.collapsing [ROOM ...]``, after the old migrations of those rooms were deleted; their SQL files
and the migrations that run these are kept by hand.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.apps import apps
from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from fondaco.platform.database.creating import CreateTables


class Anew(MigrationQuestioner):
    """Says yes to a first migration, also where there are others."""

    def ask_initial(self, app_label: str) -> bool:
        return True


def write(labels: Sequence[str]) -> list[Path]:
    """Write the initial migration of the apps anew from their models; all of the project's with no ``labels``. What was there stays."""
    state = ProjectState.from_apps(apps)
    detector = MigrationAutodetector(ProjectState(), ProjectState.from_apps(apps), Anew())  # it empties the state that it is given
    written = []
    for label, found in detector.changes(graph=MigrationGraph()).items():
        config = apps.get_app_config(label)
        if not config.name.startswith("fondaco.") or (labels and label not in labels):
            continue
        first, *more = found
        if more:
            raise SystemExit(f"The tables of {label} and of another room refer to each other: {[m.name for m in found]}.")
        order = [op.name_lower for op in first.operations if isinstance(op, migrations.CreateModel)]
        models = {name: state.models[label, name] for name in order}
        first.operations = [
            CreateTables(
                [
                    migrations.CreateModel(
                        model.name,
                        list(model.fields.items()),
                        {key: value for key, value in model.options.items() if value or key not in ("indexes", "constraints")},
                        model.bases,
                        model.managers,
                    )
                    for model in models.values()
                ]
            )
        ]
        writer = MigrationWriter(first, include_header=False)
        Path(writer.path).write_text(writer.as_string(), encoding="utf-8")
        written.append(Path(writer.path))
    return written


if __name__ == "__main__":
    django.setup()
    for path in write(sys.argv[1:]):
        sys.stdout.write(f"{path}\n")
