"""Words for what an explosion found."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from fondaco.operations.engineering.exploding import (
    AVERAGE,
    IN_ITSELF,
    LAST,
    NO_COST,
    NO_FIGURE,
    NO_RATE,
    NOT_CHOSEN,
    STANDARD,
    VENDOR,
    Gap,
    Part,
)


def source_said(part: Part) -> str:
    """From where the cost of a part is."""
    if part.is_made:
        return _("its parts, v{version}").format(version=part.version)
    return {
        AVERAGE: _("what is in stock"), LAST: _("the last one bought"), STANDARD: _("standard cost"), VENDOR: _("price of the vendor"),
    }.get(part.source, _("no cost known"))  # fmt: skip


def gaps_said(gaps: Iterable[Gap]) -> str:
    """What could not be reckoned, in a sentence each."""
    sentences = {
        NO_COST: _("No cost of {what} is known; it counts as nothing."),
        NO_RATE: _("{what} has no hourly rate today; its work counts as nothing."),
        NOT_CHOSEN: _("Parts of {what} hang on choices that nobody made here; they are left out."),
        NO_FIGURE: _("{what} gives no quantity here; it counts as nothing."),
        IN_ITSELF: _("{what} goes into itself by what was chosen; it is left out there."),
    }
    return " ".join(sentences[g.kind].format(what=g.what) for g in gaps)
