"""No raw key stands before a reader: the heads of every list, page and form have words, in both languages."""

from typing import Literal, get_args, get_origin

import pytest
from django.utils import translation

from fondaco.interfaces.web.screens.verbs import asks, choice_of, label_of
from fondaco.operations.intrastat.models import TERMS
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.resources.declare import RESOURCES, column_of

#: Words that Italian business took over.
INCOTERMS = {"–", *(key for key, _word in TERMS if key)}
#: The last are the parameters of the models of customer value, as their papers name them.
THE_SAME = {"IBAN", "BIC", "ABI", "CAB", "Email", "Stock", "Budget", *("R", "A", "B", "P", "Q", "\u0391", "\u0393")}


def columns_of(resource):
    yield from ((resource.model, c) for c in [*resource.shown(), *resource.detail()])
    for model, names in [(resource.model, resource.writable), *((lines.model, lines.writable) for lines in resource.lines)]:
        yield from ((model, column_of(model, n)) for n in names if not model._meta.get_field(n).many_to_many)
    for lines in resource.lines:
        yield from ((lines.model, c) for c in lines.shown())


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_every_column_and_field_has_a_translated_title(key):
    for model, column in columns_of(RESOURCES[key]):
        lazy = not isinstance(column.title, str)
        with translation.override("it"):
            italian = str(column.title)
        with translation.override("en"):
            english = str(column.title)
        assert lazy or italian != english or english in THE_SAME, f"{model.__name__}.{column.path} is called {english} in both languages"


def test_what_verbs_ask_has_words_in_italian():
    """Labels of parameters are made from their names; a name without a word would stand in English in an Italian sheet."""
    english, italian = {}, {}
    for language, found in (("en", english), ("it", italian)):
        with translation.override(language):
            for action in ACTIONS.values():
                for name, kind, declared in asks(action):
                    found[action.key, name] = label_of(name, declared)
                    if get_origin(kind) is Literal:
                        found |= {(action.key, name, value): choice_of(value, declared) for value in get_args(kind)}
    assert len(english) > 60
    assert {key: word for key, word in english.items() if italian[key] == word and word not in {"mail", *INCOTERMS}} == {}
