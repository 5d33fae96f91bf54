"""A decision in words, in the language of whoever reads it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.assignment.deciding import LEFT, Candidate, Decision, Miss
from fondaco.frontoffice.assignment.models import FIXED, IN_TURN, LEAST_LOADED, MANAGER, NO_RULE, OWN, QUEUE, AssignmentRule, TerritoryPart
from fondaco.frontoffice.crm.models import Lead
from fondaco.masterdata.companies.models import Country
from fondaco.masterdata.parties.models import CustomerGroup
from fondaco.platform.database.refusals import said
from fondaco.platform.money import figure

SAID = {
    OWN: gettext_lazy("{rule}: {name} is the customer's own salesperson."), FIXED: gettext_lazy("{rule} names {name}."), IN_TURN: gettext_lazy("{rule}: it is {name}'s turn."),
    LEAST_LOADED: gettext_lazy("{rule}: {name} has the least for his capacity."),
    MANAGER: gettext_lazy("{rule}: nobody else is there, and {name} manages the territory."),
    QUEUE: gettext_lazy("{rule}: nobody is there, nor a manager; it waits to be given out."),
}  # fmt: skip
TITLES = {
    "country": Country._meta.verbose_name, "regions": TerritoryPart._meta.get_field("regions").verbose_name, "postal_code": gettext_lazy("postal code"),
    "group": CustomerGroup._meta.verbose_name, "source": gettext_lazy("source"), "amount_from": gettext_lazy("worth from"),
    "amount_to": gettext_lazy("worth below"), "applies_to": gettext_lazy("for"), "customers": gettext_lazy("customers"),
    "score_from": gettext_lazy("score from"), "score_to": gettext_lazy("score to"),
}  # fmt: skip


def missed(miss: Miss, groups: Mapping[int, str]) -> str:
    """A condition that was not met."""
    if miss.what == "parts":
        return _("nothing belongs to the territory yet")
    wanted, found = (_value(miss.what, v, groups) for v in (miss.wanted, miss.found))
    return _("{what}: asks for {wanted}, found {found}").format(what=TITLES[miss.what], wanted=wanted, found=found or _("nothing"))


def _value(what: str, value: Any, groups: Mapping[int, str]) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, Decimal):
        return str(said(value))
    words: dict[str, Mapping[Any, Any]] = {
        "group": groups, "source": dict(Lead.SOURCES), "applies_to": dict(AssignmentRule.FOR), "customers": dict(AssignmentRule.CUSTOMERS),
    }  # fmt: skip
    return str(words.get(what, {}).get(value, value))


def absent(until: str) -> str:
    """Why somebody gets nothing."""
    return _("no longer works here") if until == LEFT else _("away until {day}").format(day=said(date.fromisoformat(until)))


def load_said(candidate: Candidate) -> str:
    """What somebody has, and of how much capacity."""
    return _("{load} open, capacity {capacity}%").format(load=candidate.load, capacity=figure(candidate.capacity))


def sentence(
    decision: Decision,
    names: Mapping[int, str],
    groups: Mapping[int, str],
    *,
    before: int | None = None,
    told: dict[Any, str] | None = None,
) -> str:
    """Who got it and why, and why the rules before did not decide. ``told`` keeps the latter for the many of a set of whom it is the same."""
    name = names.get(decision.person or 0, "")
    rule = f"“{decision.rule.name}”" if decision.rule else ""
    parts = []
    if decision.how == NO_RULE:
        keeper = names.get(before or 0, "")
        parts.append(_("No rule fits; it stays with {name}.").format(name=keeper) if keeper else _("No rule fits; it is nobody's."))
    else:
        parts.append(str(SAID[decision.how]).format(rule=rule, name=name))
        if decision.own_away:
            parts.append(_("The customer's own salesperson is not there ({why}).").format(why=absent(decision.own_away)))
        if decision.fixed_away:
            parts.append(_("The person of the rule is not there ({why}).").format(why=absent(decision.fixed_away)))
        if decision.candidates and decision.how != OWN:
            each = "; ".join(f"{names.get(c.person, c.person)}: {absent(c.away) if c.away else load_said(c)}" for c in decision.candidates)
            parts.append(_("Asked were {people}.").format(people=each))
    if decision.passed:
        told = {} if told is None else told
        key = tuple((r.id, misses) for r, misses in decision.passed)
        if key not in told:
            each = "; ".join(f"“{r.name}” ({', '.join(missed(m, groups) for m in misses)})" for r, misses in decision.passed)
            told[key] = _("Passed over: {rules}.").format(rules=each)
        parts.append(told[key])
    return " ".join(parts)
