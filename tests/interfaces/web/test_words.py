"""No raw key stands before a reader: the heads of every list, page and form have words, in both languages."""

from typing import Any, Literal, get_args, get_origin

import pytest
from django.utils import translation

from fondaco.interfaces.web.screens.verbs import asks, choice_of, label_of, needs_program, said_of
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


#: Verbs whose parameters stand on a screen made for them: lists of lines, boards, open requests by program.
OWN_SCREENS = {
    "banking.match", "banking.match_postings", "companies.capture_leads", "companies.take_usage", "configurator.configure", "crm.reschedule",
    "inventory.receive_counted", "inventory.record_count", "payables.match_line", "payments.apply", "payments.apply_disbursement", "portal.ask_to_return",
    "portal.place_order", "sales.configure_order", "sales.configure_quote", "sourcing.announce", "sourcing.answer_by_link", "sourcing.award",
    "sourcing.enter_answer",
}  # fmt: skip


def test_a_person_is_asked_for_what_a_verb_needs():
    """A verb that needs what no form asks for has no button: it must have a screen of its own."""
    assert {key for key, action in ACTIONS.items() if needs_program(action)} == OWN_SCREENS


def test_records_are_picked_not_typed():
    """A parameter that names a record says of which list, so that a form offers it."""
    typed = {
        (key, name)
        for key, action in ACTIONS.items()
        for name, field in action.parameters.model_fields.items()
        if field.annotation is Any and "resource" not in said_of(field)
    }
    assert typed == set()
