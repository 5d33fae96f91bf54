"""All tables of a room at once, for its first migration.

Django renders the models anew after every operation, and after every constraint of its own; with some hundred tables that takes
minutes on an empty database. ``CreateTables`` renders its own, once, and leaves those of other rooms as they are.
"""

from collections.abc import Sequence

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """Create ``tables``, each with its indexes and constraints, in any order; they may refer to each other."""

    reversible = False

    def __init__(self, tables: Sequence[migrations.CreateModel]) -> None:
        self.tables = list(tables)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        rendered = state.__dict__.pop("apps", None)  # so that no table renders those it refers to again
        for table in self.tables:
            table.state_forwards(app_label, state)
        if rendered is not None:
            rendered.render_multiple([state.models[app_label, table.name_lower] for table in self.tables])
            state.apps = rendered

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for table in self.tables:
            table.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {len(self.tables)} tables"
