"""What a resource accepts, as pydantic models: one source for form, REST, MCP and import."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from django.db import models
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from fondaco.platform.resources.declare import Lines, Resource, choices_at


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("the value is not a number")
    return value


def _storable(value: str) -> str:
    if any((c < " " and c not in "\t\n\r") or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("the text holds a character that cannot be stored")
    return value


Text = Annotated[str, AfterValidator(_storable)]


class Name(str):
    """A natural key (code, number) that must not be mistaken for a key written in digits."""

    __slots__ = ()


def _reference(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    if isinstance(value, str) and 0 < len(value) <= 500:
        _storable(value)
        return value
    raise ValueError("name the record by its key, or by its natural key (code, number)")


def _whole(value: Any) -> Any:
    """The number that a form or a table wrote out; anything else is judged as it is."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19 else value


#: A record is named by its key, or by the natural key of its resource: one type, so that its errors name the field alone.
Reference = Annotated[
    Any,
    AfterValidator(_reference),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "key of the record, or its natural key (code, number)"}
    ),
]


def annotation_of(model: type[models.Model], name: str) -> tuple[Any, Any]:
    """The pydantic type and default of a model field."""
    field = model._meta.get_field(name)
    choices = choices_at(model, field) if getattr(field, "choices", None) else ()
    kind: Any
    if isinstance(field, models.ManyToManyField):
        return (list[Reference], [])
    if isinstance(field, models.ForeignKey):
        kind = Reference
    elif choices:
        # What may be left empty says so with an empty text.
        empty = ("",) if field.blank and not field.null and not field.has_default() else ()
        kind = Literal[(*empty, *(value for value, _ in choices))]  # type: ignore[valid-type]
        if isinstance(field, models.IntegerField):
            kind = Annotated[kind, BeforeValidator(_whole)]
    elif isinstance(field, models.DecimalField):
        kind = Annotated[Decimal, Field(max_digits=field.max_digits, decimal_places=field.decimal_places), AfterValidator(_finite)]
    elif isinstance(field, models.BooleanField):
        kind = bool
    elif isinstance(field, models.DateTimeField):
        kind = datetime
    elif isinstance(field, models.DateField):
        kind = date
    elif isinstance(field, models.IntegerField):
        kind = Annotated[int, Field(ge=-(2**63), lt=2**63)]
    elif isinstance(field, models.JSONField):
        kind = Any
    else:
        filled = not (field.blank or field.null or field.has_default())
        kind = Annotated[Text, Field(min_length=1 if filled else 0, max_length=field.max_length or 20_000)]
    if field.null:
        return (kind | None, None)
    if field.has_default():
        default = field.get_default()
        return (kind, choices[0][0] if choices and default not in dict(choices) else default)
    if field.blank:
        return (kind, "")
    return (kind, ...)


def _name(*parts: str) -> str:
    return "".join(p.capitalize() for part in parts for p in part.replace("-", "_").split("_"))


@cache
def line_schema(lines: Lines, owner: str) -> type[BaseModel]:
    """What one line accepts; ``id`` names a line that exists."""
    fields: dict[str, Any] = {"id": (int | None, None)}
    for name in lines.writable:
        fields[name] = annotation_of(lines.model, name)
    return create_model(_name(owner, lines_name(lines), "line"), __config__=ConfigDict(extra="forbid"), **fields)


def lines_name(lines: Lines) -> str:
    """The name under which a document carries these lines, such as ``lines``."""
    return lines.model._meta.get_field(lines.parent).remote_field.related_name or "lines"


@cache
def create_schema(resource: type[Resource]) -> type[BaseModel]:
    """What create accepts."""
    return _document_schema(resource, "create", all_optional=False)


@cache
def edit_schema(resource: type[Resource]) -> type[BaseModel]:
    """What edit accepts: any part; ``version`` is the one last seen. Given lines replace the document's lines."""
    return _document_schema(resource, "edit", all_optional=True)


def _document_schema(resource: type[Resource], purpose: str, *, all_optional: bool) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name in resource.writable:
        kind, default = annotation_of(resource.model, name)
        fields[name] = (kind | None, None) if all_optional else (kind, default)
    for lines in resource.lines:
        if lines.writable:
            kind = Annotated[list[line_schema(lines, resource.key)], Field(max_length=10_000)]  # type: ignore[misc]
            fields[lines_name(lines)] = (kind | None, None) if all_optional else (kind, [])
    if all_optional:
        fields["version"] = (int | None, None)
    return create_model(_name(resource.key, purpose), __config__=ConfigDict(extra="forbid"), **fields)


def writable_lines(resource: type[Resource]) -> Sequence[Lines]:
    """The lines that create and edit accept."""
    return [lines for lines in resource.lines if lines.writable]
