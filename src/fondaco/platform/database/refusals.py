"""What is refused, and how it is said: the base of every refusal, and the translation of the database's own."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from babel.dates import get_month_names
from django.db import DatabaseError, DataError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.platform.money import Figure


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
        return worded(self.message, **self.figures)

    def __str__(self) -> str:
        return self.sentence()


def worded(message: Any, **figures: Any) -> str:
    """A sentence with its figures, both as the reader's language has them."""
    return str(message).format(**{name: said(value) for name, value in figures.items()})


def said(value: Any) -> Any:
    """A figure, a day or a moment as the reader's language writes it; everything else as it is: whole numbers may be years or lines.

    A decimal has no noughts beyond two places, a ``Figure`` none beyond its own.
    """
    if isinstance(value, Figure):
        text = _written(value.number, max(_places(value.number.normalize()), value.places))
        return f"{text} {value.unit}" if value.unit else text
    if isinstance(value, Decimal) and value.is_finite():
        own = _places(value.normalize())
        return _written(value, _places(value) if _places(value) <= 2 else own and max(own, 2))
    if isinstance(value, datetime):
        return f"{_day(value)}, {value:%H:%M}"
    return _day(value) if isinstance(value, date) else value


def _places(number: Decimal) -> int:
    return max(-int(number.as_tuple().exponent), 0)


def _written(number: Decimal, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.translate(str.maketrans(",.", ".,")) if _language() == "it" else text


def _language() -> str:
    return (get_language() or "en")[:2]


def _day(value: date) -> str:
    # English is written the European way, as on the pages.
    months = get_month_names("abbreviated", "format", "it_IT" if _language() == "it" else "en_GB")
    return f"{value.day} {months[value.month]} {value.year}"


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
