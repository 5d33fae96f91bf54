"""What is refused, and how it is said: the base of every refusal, and the translation of the database's own."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db import DatabaseError, DataError
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _


class UserError(Exception):
    """A refusal in the user's words: what could not be done, to which record, with the figures, and what to do next.

    ``code`` is stable and machine-readable, ``status`` the HTTP status of the doors, ``message`` a sentence with named
    placeholders. ``fields`` holds further sentences by field path (``lines.2.quantity``); ``rows`` by record.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[Any] = _("This could not be done.")

    def __init__(self, *, fields: Mapping[str, Any] | None = None, rows: Sequence[Mapping[str, Any]] = (), **figures: Any) -> None:
        self.figures = figures
        self.fields = dict(fields or {})
        self.rows = list(rows)
        super().__init__(self.code, figures)

    def sentence(self) -> str:
        """The whole sentence in the reader's language."""
        return str(self.message).format(**{name: _figure(value) for name, value in self.figures.items()})

    def __str__(self) -> str:
        return self.sentence()


def _figure(value: Any) -> Any:
    """A decimal as the reader writes it: no noughts beyond two places, and the decimal sign of his language."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    text = f"{value:f}"
    whole, _point, places = text.partition(".")
    if len(places) > 2:
        places = places.rstrip("0")
        places = places.ljust(2, "0") if places else ""
    return whole + (get_format("DECIMAL_SEPARATOR") + places if places else "")


class InvalidInput(UserError):
    code, status = "platform.invalid_input", 422
    message = _("{record} was not saved: {problems}")


class NotFound(UserError):
    code, status = "platform.not_found", 404
    message = _("{what} was not found. It may have been removed, or it belongs to a company that you do not work in.")


class NotAllowed(UserError):
    code, status = "platform.not_allowed", 403
    message = _("You may not do this ({verb}: {what}): your roles do not include “{permission}”. Ask an administrator for it.")


class DatabaseRefused(UserError):
    code, status = "platform.database_refused", 409
    message = _("Nothing was saved: the books would no longer be right ({rule}).")


class CannotBeStored(UserError):
    code, status = "platform.cannot_be_stored", 422
    message = _("Nothing was saved: a value cannot be stored ({rule}). Correct it and try again.")


class StillUsed(UserError):
    code, status = "platform.still_used", 409
    message = _("Nothing was changed: the record is used by another record, or refers to one that does not exist ({rule}).")


class AlreadyThere(UserError):
    code, status = "platform.already_there", 409
    message = _("Nothing was saved: there is already a record with the same values ({rule}). Open that one, or change the values.")


Translator = Callable[[Any], UserError]
_translators: dict[str, Translator] = {}


def says(constraint: str) -> Callable[[Translator], Translator]:
    """Register how a database constraint speaks to the user: ``constraint`` is its name in PostgreSQL."""

    def register(translate: Translator) -> Translator:
        if constraint in _translators:
            raise ValueError(f"Constraint {constraint} already has a translation")
        _translators[constraint] = translate
        return translate

    return register


#: Dates and numbers out of range or misspelt, characters that the database does not hold.
UNSTORABLE = {"22001", "22003", "22007", "22008", "22021", "22P02", "22P03", "22P05"}


def translated(error: DatabaseError) -> UserError | None:
    """The refusal behind a database error, by SQLSTATE and constraint name; ``None`` when it is no refusal but a fault."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, DataError) and (state is None or state in UNSTORABLE):
        return CannotBeStored(rule=str(cause or error).splitlines()[0])
    if state is None or not (state.startswith("23") or state == "FD001"):
        return None
    diagnosis = cause.diag  # type: ignore[union-attr]
    constraint = re.sub(r"_\d{5,}$", "", diagnosis.constraint_name or "")
    if constraint in _translators:
        return _translators[constraint](diagnosis)
    rule = constraint.replace("_", " ") or (diagnosis.message_primary or "").splitlines()[0]
    if state in {"23503", "23001"} and constraint:
        return StillUsed(rule=rule)
    if state == "23505":
        return AlreadyThere(rule=rule)
    return DatabaseRefused(rule=rule)
