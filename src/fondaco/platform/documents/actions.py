"""A verb, declared once: ``@action`` on a function over a set of documents."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from django.db.models import Model, Q
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, create_model

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.helping import first_paragraph
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.events.bus import emit

M = TypeVar("M", bound=Model)

#: How many records a refusal names.
NAMED = 20


class DocumentSet(Generic[M], Sequence[M]):
    """The documents a verb was asked for: locked, visible to the actor, in the right state, in key order."""

    def __init__(self, model: type[M], rows: Sequence[M], actor: Actor, reason: str = "") -> None:
        self.model, self.rows, self.actor, self.reason = model, list(rows), actor, reason
        #: What the verb made, shown to the caller: ``{"invoices": [ids]}``.
        self.made: dict[str, list[int]] = {}
        #: What is told once and kept nowhere, such as a link that sets a password: name -> text.
        self.told: dict[str, str] = {}
        self._with_state: list[str] = []

    def __iter__(self) -> Iterator[M]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.rows[index]

    @property
    def ids(self) -> list[int]:
        return [row.pk for row in self.rows]

    def save(self, *fields: str) -> None:
        """Write the named fields of every document, in one statement."""
        update_rows(
            self.model, {"id": self.ids, **{f: [getattr(r, self.model._meta.get_field(f).attname) for r in self.rows] for f in fields}}
        )

    def save_with_state(self, *fields: str) -> None:
        """Write the named fields of every document when the body has ended, in the statement that moves the state.

        For a verb's own last words (number, entry): one update and one row of history instead of several. Until then the
        table still says what it said before.
        """
        self._with_state.extend(fields)

    def write_state(self, moving: Sequence[M]) -> None:
        """Write the states of ``moving``, and what was kept for this moment; called by the path of verbs."""
        rows = self.rows if self._with_state else moving
        fields = [*self._with_state, *(["state"] if moving else [])]
        self._with_state = []
        attributes = {f: self.model._meta.get_field(f).attname for f in fields}
        update_rows(self.model, {"id": [r.pk for r in rows], **{f: [getattr(r, a) for r in rows] for f, a in attributes.items()}})

    def number(self) -> None:
        """Number the documents, as ``draw_numbers`` does, and write the numbers at once."""
        self.draw_numbers()
        self.save("number")

    def draw_numbers(self) -> None:
        """Give each document without a number the next one of its series, in key order, per company and year of its date.

        One statement per company and year; the counter rows are locked in that order until the transaction ends. The
        numbers are written by ``save_with_state``, or by ``number``, which calls this.
        """
        groups: dict[tuple[int, str, int], list[Any]] = {}
        for row in self.rows:
            if row.number is None:  # type: ignore[attr-defined]
                year = getattr(row, self.model.date_field).year  # type: ignore[attr-defined]
                groups.setdefault((row.company_id, row.series, year), []).append(row)  # type: ignore[attr-defined]
        for (company, series, year), rows in sorted(groups.items()):
            for row, number in zip(rows, take_numbers(company, series, year, len(rows)), strict=True):
                row.number = number


@dataclass(frozen=True)
class Action:
    """A declared verb. ``key`` is ``room.verb``; ``moves`` maps each state it accepts to the state it leaves."""

    key: str
    verb: str
    model: type[Model]
    body: Callable[..., Any]
    permission: str
    moves: Mapping[str, str]
    title: Any
    needs_reason: bool
    dangerous: bool
    done: Any
    parameters: type[BaseModel]
    hidden: bool = False
    only_when: Q | None = None

    @property
    def description(self) -> str:
        return inspect.getdoc(self.body) or ""

    @property
    def summary(self) -> str:
        """The first paragraph of the help, in the reader's language; ``./fondaco translations`` collects it from the docstring."""
        return _(first_paragraph(self.description)).replace("``", "")

    def __call__(self, documents: DocumentSet[Any], **parameters: Any) -> Any:
        """Run the body on documents another verb has already locked: one verb calling another, in the same transaction.

        State is moved too; permission was settled by the outer verb.
        """
        return carry_out(self, documents, parameters)

    def accepts(self, state: str) -> bool:
        return not self.moves or state in self.moves

    def serves(self, pk: object) -> bool:
        """Whether the verb would have something to do on this record, as far as ``only_when`` tells; without it nothing is asked."""
        return self.only_when is None or self.model._default_manager.filter(self.only_when, pk=pk).exists()


ACTIONS: dict[str, Action] = {}


def action(
    model: type[Model],
    *,
    permission: str,
    moves: Mapping[str, str] | None = None,
    name: str = "",
    title: Any = "",
    done: Any = "",
    needs_reason: bool = False,
    dangerous: bool = False,
    hidden: bool = False,
    only_when: Q | None = None,
) -> Callable[[Callable[..., Any]], Action]:
    """Declare a verb on ``model``. Keyword-only parameters of the function become the verb's parameters at every door.

    ``moves``: state before -> state after; empty when the verb changes no state. ``title``: the button ("Post");
    ``done``: what is said afterwards. ``dangerous`` verbs are confirmed. ``hidden`` verbs have no button (they are
    called by others or by a screen of their own). ``name`` distinguishes two verbs of one room that share a word. ``only_when``: the
    button is offered on the page of a record only where this holds of it; the body refuses for itself.
    """

    def declare(body: Callable[..., Any]) -> Action:
        room = model._meta.app_label
        verb = name or body.__name__
        key = f"{room}.{verb}"
        if key in ACTIONS:
            raise ValueError(f"{key} is declared twice; give one of them a name")
        if not inspect.getdoc(body):
            raise ValueError(f"{key} needs a docstring: it is the help at every door")
        declared = Action(
            key=key,
            verb=verb,
            model=model,
            body=body,
            permission=permission,
            moves=dict(moves or {}),
            title=title or verb.replace("_", " ").capitalize(),
            needs_reason=needs_reason,
            dangerous=dangerous,
            done=done,
            parameters=_parameters(key, body),
            hidden=hidden,
            only_when=only_when,
        )
        ACTIONS[key] = declared
        return declared

    return declare


def _parameters(key: str, body: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(body, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(body).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[parameter.name] = (hints[parameter.name], default)
    title = "".join(part.capitalize() for part in key.replace(".", "_").split("_")) + "Parameters"
    return create_model(title, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=True), **fields)


def actions_of(model: type[Model]) -> list[Action]:
    """The verbs declared on ``model``, in the order of declaration."""
    return [a for a in ACTIONS.values() if a.model is model]


def check_states(action: Action, rows: Sequence[Any]) -> None:
    """Refuse documents that the verb does not accept as they stand; every one of them is named."""
    wrong = [row for row in rows if action.moves and row.state not in action.moves]
    if wrong:
        names = {value: str(label) for value, label in action.model._meta.get_field("state").choices}
        needed = f" {_('or')} ".join(names[s] for s in action.moves)
        sentences = [{"id": str(r.pk), "document": str(r), "state": names[r.state]} for r in wrong[:NAMED]]
        raise WrongState(
            document=", ".join(s["document"] for s in sentences),
            state=", ".join(sorted({s["state"] for s in sentences})),
            verb=str(action.title),
            needed=needed,
            rows=sentences,
        )


def carry_out(action: Action, documents: DocumentSet[Any], parameters: Mapping[str, Any]) -> None:
    """Run the body, move the states in one statement, and tell the reactions."""
    check_states(action, documents.rows)
    action.body(documents, **parameters)
    # A body may have carried out another verb, which moved some rows elsewhere; those stay where it brought them.
    moving = [row for row in documents if action.moves and action.moves.get(row.state, row.state) != row.state]
    for row in moving:
        row.state = action.moves[row.state]
    documents.write_state(moving)
    emit(action.key, documents)
