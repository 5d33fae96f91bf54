"""A sentence without a translation, or with one that names other figures, is found."""

from babel.messages.catalog import Catalog

from fondaco.interfaces.cli.translations import problems, sentences


def found(sentence, translation):
    catalogue = Catalog(locale="it")
    catalogue.add(sentence, translation, locations=[("room/refusals.py", 0)])
    return [problem.split(":")[0] for problem in problems(catalogue)]


def test_a_whole_translation_passes():
    assert found("Reopen {period}.", "Riapra {period}.") == []
    assert found(("{n} line", "{n} lines"), ("{n} riga", "{n} righe")) == []


def test_missing_and_unfitting_translations_are_found():
    assert found("Reopen {period}.", "") == ["not translated"]
    assert found(("{n} line", "{n} lines"), ("{n} riga", "")) == ["not translated"]
    assert found("Reopen {period}.", "Riapra {periodo}.") == ["other placeholders than its sentence"]
    assert found("Post %(count)s", "Registra") == ["other placeholders than its sentence"]


def test_sentences_of_code_and_templates_are_collected():
    files = {location[0].rsplit(".", 1)[-1] for message in sentences() for location in message.locations}
    assert files == {"py", "html"}
