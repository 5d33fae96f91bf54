"""What is wrong with a value is said in the reader's language, whatever the machine's word for it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from django.utils import translation
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.platform.documents.performing import invalid


class Paper(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=5)]
    on: date = date(2026, 1, 1)
    amount: Annotated[Decimal, Field(max_digits=6, decimal_places=2)] = Decimal(1)
    pieces: int = 1
    kind: Literal["a", "b"] = "a"
    ready: bool = True


@pytest.mark.parametrize(
    ("given", "field", "english", "italian"),
    [
        ({}, "name", "Fill this in.", "Compila questo campo."),
        ({"name": ""}, "name", "Fill this in.", "Compila questo campo."),
        ({"name": "longer"}, "name", "At most 5 characters. ('longer')", "Al massimo 5 caratteri. ('longer')"),
        ({"on": "soon"}, "on", "Write dates as 2026-12-31. ('soon')", "Scrivi le date come 2026-12-31. ('soon')"),
        ({"amount": "much"}, "amount", "This is not a number. ('much')", "Non è un numero. ('much')"),
        ({"amount": "1.234"}, "amount", "At most 2 decimal places. ('1.234')", "Al massimo 2 decimali. ('1.234')"),
        ({"pieces": 1.5}, "pieces", "This is not a whole number. (1.5)", "Non è un numero intero. (1.5)"),
        ({"kind": "c"}, "kind", "Choose one of: 'a', 'b'. ('c')", "Scegli uno tra: 'a', 'b'. ('c')"),
        ({"ready": "perhaps"}, "ready", "Write true or false. ('perhaps')", "Scrivi true o false. ('perhaps')"),
        ({"colour": "red"}, "colour", "There is no such field. ('red')", "Questo campo non esiste. ('red')"),
    ],
)
def test_every_value_is_refused_in_plain_words(given, field, english, italian):
    with pytest.raises(ValidationError) as wrong:
        Paper.model_validate(given if given == {} else {"name": "x", **given})
    for language, sentence in (("en", english), ("it", italian)):
        with translation.override(language):
            assert invalid("Paper", wrong.value).fields[field] == sentence
