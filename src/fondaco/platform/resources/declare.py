"""A resource: one declaration from which list, form, board, REST, MCP, import, export and search follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.utils.text import capfirst

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.actions import Action, actions_of


@dataclass(frozen=True)
class Column:
    """One shown value. ``path`` is a field, a path over foreign keys, or the name of an annotation of the resource.

    ``kind``: text, number, amount, quantity, percent, date, moment, flag, state, link, page (an address outside). ``currency`` is the path of the
    currency code of an amount; ``right`` the permission without which the value is neither shown, filtered nor sorted.
    Amounts with a currency are summed under a list, unless ``summed`` says that their sum means nothing, as with prices.
    ``below``: a sentence about a line, written under it and not beside its figures. ``rare``: shown on a page only where there is some of it.
    """

    path: str
    title: Any = ""
    kind: str = ""
    currency: str = ""
    right: str = ""
    summed: bool = True
    below: bool = False
    rare: bool = False


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a document: their model, the foreign key back to it, what is shown and what may be written."""

    model: type[models.Model]
    parent: str
    columns: Sequence[str | Column]
    writable: Sequence[str] = ()
    title: Any = ""
    order: Sequence[str] = ("position", "id")
    #: Which of ``writable`` hold texts of several paragraphs, and are typed as such.
    paragraphs: Sequence[str] = ()
    #: Annotations, by name, that columns may use.
    annotations: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    #: Each line is a record with a page of its own, which its first column opens.
    opens: bool = False

    def shown(self) -> list[Column]:
        """The columns, completed."""
        return _completed(self.model, self.columns, self.annotations)


@dataclass(frozen=True, eq=False)
class Board:
    """How a resource lies on a board: a column per value of ``by``; ``move`` is the verb that carries a card over.

    ``move`` takes the new value as the parameter named as ``by``. ``card`` are the columns shown on a card, ``order`` which comes first.
    ``lane`` says what stands at the head of a column (``note``, ``criteria``) of the record it is for, ``told`` what the mover of a card is told.
    """

    by: str
    card: Sequence[str]
    amount: str = ""
    move: Action | None = None
    order: Sequence[Any] = ("-pk",)
    lane: Callable[[Any], Mapping[str, Any]] | None = None
    told: Callable[[int], str] | None = None


@dataclass
class Draft:
    """A document being written, with all its lines as they will be; ``prepare`` of a resource completes it.

    ``doubts`` speak against saving it as it stands (it looks like one that is there) until the writer has answered them; totals
    while typing are shown beside them.
    """

    row: Any
    lines: list[Any]
    given: frozenset[str] = frozenset()
    doubts: list[UserError] = field(default_factory=list)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a record, in words for its head, and where the cure is; ``asks``: the cure is the form of a verb. ``tone``: wait or bad."""

    text: Any
    cure: Any = ""
    url: str = ""
    tone: str = "wait"
    asks: bool = False


@dataclass(frozen=True)
class Beside:
    """A sentence told beside a line while it is typed, and the record it is about; ``kind`` in a word where it is not about the line itself."""

    text: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Reckoned:
    """A figure reckoned of a document or a line while it is typed: an amount, and the share that it is; ``doubt`` says why it may be wrong."""

    amount: Decimal
    share: Decimal | None
    doubt: str = ""


class Resource:
    """Subclass, fill in, and ``register``. Everything is a class attribute; a resource has no state."""

    model: ClassVar[type[models.Model]]
    #: Plural, kebab-case: the segment of every address (``/invoices``, ``/api/v1/invoices``).
    key: ClassVar[str]
    title: ClassVar[Any]
    title_one: ClassVar[Any]
    #: The job in the rail: sell, serve, deliver, buy, make, people, books, insight, set_up; empty: in no menu.
    job: ClassVar[str] = ""
    #: Where in the job's menu: one of the groups of ``interfaces.web.frame``; within it by ``place``, the rarest last.
    group: ClassVar[str] = "daily"
    place: ClassVar[int] = 50
    icon: ClassVar[str] = "note"
    view_permission: ClassVar[str]
    #: Permission of create, edit and delete; empty: written by verbs only.
    write_permission: ClassVar[str] = ""
    columns: ClassVar[Sequence[str | Column]] = ()
    #: Everything the page of one record shows, in order; the columns when empty.
    fields: ClassVar[Sequence[str | Column]] = ()
    #: What create and edit accept, in the order of the form.
    writable: ClassVar[Sequence[str]] = ()
    #: What the sentences of ``beside`` are about; empty: nothing is told beside the lines.
    beside_title: ClassVar[Any] = ""
    #: What is reckoned of a document and of each line while it is typed, and who sees it; empty: nothing is.
    reckoned_title: ClassVar[Any] = ""
    reckoned_permission: ClassVar[str] = ""
    #: Permission to amend a document in force, and which of the writable fields that may change; lines as far as ``amending`` allows.
    amend_permission: ClassVar[str] = ""
    amendable: ClassVar[Sequence[str]] = ()
    filters: ClassVar[Sequence[str]] = ()
    #: Named conditions, offered as filters: ``overdue`` -> a function giving a Q.
    conditions: ClassVar[Mapping[str, tuple[Any, Callable[[], models.Q]]]] = {}
    search: ClassVar[Sequence[str]] = ()
    sort: ClassVar[str] = "-id"
    #: The field by which an import or another program names a record instead of its key.
    natural_key: ClassVar[str] = ""
    lines: ClassVar[Sequence[Lines]] = ()
    board: ClassVar[Board | None] = None
    #: Verbs not declared on the model itself, shown beside its own.
    more_actions: ClassVar[Sequence[Action]] = ()
    #: Annotations, by name, that columns and filters may use.
    annotations: ClassVar[Mapping[str, Callable[[], Any]]] = {}

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Complete documents before they are written (prices, taxes, totals); for all of them at once."""

    @classmethod
    def written(cls, rows: Sequence[Any], actor: Actor) -> None:
        """What follows from writing, in the same transaction; for all rows at once."""

    @classmethod
    def amending(cls, drafts: Sequence[Draft], actor: Actor) -> Any:
        """Judge documents in force that are about to be changed; the database still says what they were. What it returns, ``amended`` gets."""

    @classmethod
    def amended(cls, rows: Sequence[Any], actor: Actor, reason: str, judged: Any) -> None:
        """What follows from amending, in the same transaction; for all rows at once."""

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        """What is wrong with one record, for the head of its page."""
        return ()

    @classmethod
    def beside(
        cls, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], actor: Actor, show: Callable[[Any], str]
    ) -> Sequence[Sequence[Beside]]:
        """What is told beside each of the first lines while they are typed, complete or not; ``show`` writes a price or a day as its reader does."""
        return ()

    @classmethod
    def reckoned(cls, draft: Draft) -> tuple[Sequence[Reckoned], Reckoned, str]:
        """The figure of each line of a completed draft, that of the whole, and their currency; asked only where there is a ``reckoned_title``."""
        raise NotImplementedError

    @classmethod
    def foretold(cls, draft: Draft, actor: Actor) -> Sequence[str]:
        """What would stand in the way of a completed draft when it is carried on, and how to avoid it; told under its lines while it is typed."""
        return ()

    @classmethod
    def actions(cls) -> list[Action]:
        return [*actions_of(cls.model), *cls.more_actions]

    @classmethod
    def shown(cls) -> list[Column]:
        """The columns of the list, completed."""
        return _completed(cls.model, cls.columns, cls.annotations)

    @classmethod
    def detail(cls) -> list[Column]:
        """The fields of the page of one record, completed."""
        return _completed(cls.model, cls.fields or cls.columns, cls.annotations)

    @classmethod
    def queryset(cls) -> models.QuerySet[Any]:
        rows = cls.model._default_manager.all()
        return rows.annotate(**{name: make() for name, make in cls.annotations.items()}) if cls.annotations else rows

    @classmethod
    def subtracted(cls) -> models.Q | None:
        """The rows whose amounts are taken off the total of a list, such as credit notes among invoices."""
        return None

    @classmethod
    def url(cls, pk: Any = None) -> str:
        """The address of the list, or of one record's page."""
        return f"/{cls.key}" if pk is None else f"/{cls.key}/{pk}"


KINDS: list[tuple[type[models.Field], str]] = [
    (models.BooleanField, "flag"),
    (models.DateTimeField, "moment"),
    (models.DateField, "date"),
    (models.DecimalField, "amount"),
    (models.IntegerField, "number"),
    (models.ForeignKey, "link"),
]


#: Completed columns, by what they were completed from.
_complete: dict[tuple[type[models.Model], int], tuple[Any, tuple[Column, ...]]] = {}


def _completed(model: type[models.Model], declared: Sequence[str | Column], annotations: Mapping[str, Any]) -> list[Column]:
    """The columns of a declaration, completed once; it stands for as long as the program."""
    place = model, id(declared)
    kept = _complete.get(place)
    if kept is None or kept[0] is not declared or len(kept[1]) != len(declared):
        kept = _complete[place] = declared, tuple(column_of(model, c, annotations) for c in declared)
    return list(kept[1])


def column_of(model: type[models.Model], declared: str | Column, annotations: Mapping[str, Any] = {}) -> Column:
    """Complete a declared column from its model field: title, kind, currency."""
    column = declared if isinstance(declared, Column) else Column(declared)
    try:
        field = field_at(model, column.path)
    except FieldDoesNotExist:
        if column.path.split(LOOKUP_SEP)[0] not in annotations:
            raise
        return column if column.title else replace(column, title=column.path.replace("_", " ").capitalize(), kind=column.kind or "text")
    kind = column.kind or next((k for cls, k in KINDS if isinstance(field, cls)), "text")
    if not column.kind and field.name in {"state", "stage"} and not field.is_relation:
        kind = "state"
    if not column.kind and "quantity" in field.name:
        kind = "quantity"
    return replace(column, title=column.title or capfirst(field.verbose_name), kind=kind)


def field_at(model: type[models.Model], path: str) -> models.Field:
    """The model field at the end of ``path``; raises FieldDoesNotExist."""
    field: Any = None
    for part in path.split(LOOKUP_SEP):
        field = model._meta.get_field(part)
        if field.is_relation:
            model = field.related_model
    return field


def choices_at(model: type[models.Model], field: models.Field) -> Sequence[tuple[Any, Any]]:
    """The values a field takes, with their words. A proxy that holds a part of its table names those of its part in
    ``narrowed_choices``: field name -> choices, the usual one first."""
    return getattr(model, "narrowed_choices", {}).get(field.name, field.flatchoices)


RESOURCES: dict[str, type[Resource]] = {}
_by_model: dict[type[models.Model], type[Resource]] = {}


def register(resource: type[Resource]) -> type[Resource]:
    """Make a resource known to every door; the last word of a room's ``resources.py`` on each class."""
    if resource.key in RESOURCES:
        raise ValueError(f"Two resources are called {resource.key}")
    RESOURCES[resource.key] = resource
    _by_model.setdefault(resource.model, resource)
    return resource


def also_shows(
    resource: type[Resource],
    *,
    columns: Sequence[str | Column] = (),
    fields: Sequence[str | Column] = (),
    annotations: Mapping[str, Callable[[], Any]] = {},
    conditions: Mapping[str, tuple[Any, Callable[[], models.Q]]] = {},
    line_columns: Sequence[str | Column] = (),
    line_annotations: Mapping[str, Callable[[], Any]] = {},
) -> None:
    """Let a room above show what it knows of a lower room's records: columns of list and page, fields of the page alone, columns of their
    (first) lines, and named conditions."""
    resource.fields = [*(resource.fields or resource.columns), *columns, *fields]
    resource.columns = [*resource.columns, *columns]
    resource.annotations = {**resource.annotations, **annotations}
    resource.conditions = {**resource.conditions, **conditions}
    if line_columns:
        first, *rest = resource.lines
        annotated = {**first.annotations, **line_annotations}
        resource.lines = [replace(first, columns=[*first.columns, *line_columns], annotations=annotated), *rest]


def resource_of(model: type[models.Model]) -> type[Resource] | None:
    """The resource that shows ``model``, if there is one."""
    return _by_model.get(model)


__all__ = [
    "RESOURCES",
    "Beside",
    "Board",
    "Column",
    "Draft",
    "Lines",
    "Reckoned",
    "Resource",
    "Wrong",
    "also_shows",
    "choices_at",
    "column_of",
    "field_at",
    "register",
    "resource_of",
]
