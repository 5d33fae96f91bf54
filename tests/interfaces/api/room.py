"""A room for the tests of the doors: parcels with states, lines, empty values, and a cost that not everybody sees.

Its tables are made on a database of the tests only; no migration and no other test knows them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import connections, models

from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.migrating import OWNER, _triggers
from fondaco.platform.database.rows import Row
from fondaco.platform.documents import actions as declared
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.models import Document
from fondaco.platform.resources import declare
from fondaco.platform.resources.declare import Column, Lines, Resource, register


class Parcel(Document):
    series = "parcel"

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    title = models.TextField()
    state = models.TextField(default="draft", choices=[("draft", "draft"), ("sent", "sent"), ("lost", "lost")])
    on = models.DateField(null=True, blank=True)
    weight = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    pieces = models.BigIntegerField(default=1)
    fragile = models.BooleanField(default=False)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    before = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        app_label = "parcels"
        verbose_name, verbose_name_plural = "parcel", "parcels"
        constraints = [models.UniqueConstraint(fields=["company", "title"], name="parcel_title_once")]


class ParcelLine(Row):
    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(default=1)
    content = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(1))
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))

    class Meta:
        app_label = "parcels"


class ParcelResource(Resource):
    """Parcels on their way."""

    model, key, natural_key = Parcel, "parcels", "number"
    title, title_one, job = "Parcels", "Parcel", "deliver"
    view_permission, write_permission = "parcels.view_parcel", "parcels.write_parcel"
    columns = [
        "number",
        "title",
        "state",
        "on",
        "weight",
        "pieces",
        "fragile",
        "company",
        "before",
        Column("cost", right="parcels.see_cost"),
    ]
    writable = ["company", "title", "on", "weight", "pieces", "fragile", "cost", "before"]
    search = ["title"]
    conditions = {"heavy": ("heavy", lambda: models.Q(weight__gt=20))}
    lines = [
        Lines(
            ParcelLine,
            "parcel",
            ["position", "content", "quantity", Column("cost", right="parcels.see_cost")],
            writable=["content", "quantity", "cost"],
        )
    ]


@contextmanager
def declared_room() -> Iterator[None]:
    """Parcels known to all doors; forgotten afterwards."""
    resources, by_model, verbs = dict(declare.RESOURCES), dict(declare._by_model), dict(declared.ACTIONS)
    register(ParcelResource)

    @action(Parcel, moves={"draft": "sent"}, permission="parcels.send_parcel", title="Send", done="Sent")
    def send(parcels: DocumentSet[Parcel], *, carrier: str, value: Decimal = Decimal(0), priority: int = 1) -> None:
        """Hand parcels to a carrier."""
        for parcel in parcels:
            parcel.pieces += priority
        parcels.save("pieces")

    @action(Parcel, moves={"sent": "lost"}, permission="parcels.lose_parcel", needs_reason=True, dangerous=True)
    def lose(parcels: DocumentSet[Parcel]) -> None:
        """Give parcels up."""

    try:
        yield
    finally:
        for registry, before in ((declare.RESOURCES, resources), (declare._by_model, by_model), (declared.ACTIONS, verbs)):
            registry.clear()
            registry.update(before)


@contextmanager
def tables() -> Iterator[None]:
    """The tables of the room with what every table carries, on the present database."""
    owner = connections[OWNER]
    space = "public"
    application = owner.ops.quote_name(connections["default"].settings_dict["USER"])
    with owner.schema_editor() as editor:
        for model in (Parcel, ParcelLine):
            editor.create_model(model)
    with owner.cursor() as cursor:
        for model in (Parcel, ParcelLine):
            for statement in _triggers(model, owner.ops.quote_name, space):
                cursor.execute(statement)
            cursor.execute(f"grant select, insert, update, delete on {model._meta.db_table} to {application}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {application}")
    yield
    with owner.schema_editor() as editor:
        for model in (ParcelLine, Parcel):
            editor.delete_model(model)
