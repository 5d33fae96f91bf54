"""The decision itself: what is known, the rules and who is there go in, where it goes and why comes out. Pure, of plain values, so that it can be repeated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: Conditions that ask for the same, and those that ask for at least as much.
SAME = ("channel", "queue", "language", "level", "contract", "hours")
LEAST = ("value_from", "potential_from", "overdue_from", "open_tickets_from")


@dataclass(frozen=True)
class Outcome:
    """Where it goes. ``reasons``: (rule, whether it fits, misses as (condition, wanted, found)) for each rule asked; ``candidates``: (agent, why not)."""

    rule: int | None
    agent: int | None
    queue: str
    priority: str
    reasons: tuple[tuple[int, bool, tuple[tuple[str, str, str], ...]], ...]
    candidates: tuple[tuple[int, str], ...]

    def as_json(self) -> list[Any]:
        """The reasons as they are kept."""
        return [
            [[rule, fits, [list(m) for m in misses]] for rule, fits, misses in self.reasons],
            [list(candidate) for candidate in self.candidates],
        ]


def decide(inputs: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], agents: Sequence[Mapping[str, Any]]) -> Outcome:
    """The first rule that fits says queue, priority and whom to look for; the agent is who is there, can it and has most room.

    Without a rule it stays in its queue, and whoever has most room gets it. Nobody who declined it is asked again. What has waited for as long as
    its rule says is passed on.
    """
    reasons = []
    chosen: Mapping[str, Any] = {}
    for rule in rules:
        misses = _misses(rule, inputs)
        reasons.append((rule["id"], not misses, misses))
        if not misses:
            chosen = _passed_on(rule, inputs)
            break
    candidates = tuple((agent["id"], _hindered(agent, chosen, inputs)) for agent in agents)
    free = {key for key, why in candidates if not why}
    agent = min((a for a in agents if a["id"] in free), key=lambda a: _order(a, chosen, inputs), default=None)
    return Outcome(
        chosen.get("id"), None if agent is None else agent["id"], chosen.get("to_queue") or inputs["queue"], chosen.get("priority") or inputs["priority"],
        tuple(reasons), candidates,
    )  # fmt: skip


def _passed_on(rule: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule as it reads for what has waited: its other queue, and its other skill or none."""
    after = rule.get("overflow_after")
    if after is None or inputs.get("waited", 0) < after:
        return rule
    return {**rule, "to_queue": rule["overflow_queue"] or rule["to_queue"], "skill": rule["overflow_skill"]}


def _misses(rule: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    misses = [(name, str(rule[name]), str(inputs[name] or "")) for name in SAME if rule.get(name) and rule[name] != inputs[name]]
    for name in LEAST:
        found = inputs[name.removesuffix("_from")]
        if rule[name] is not None and (found is None or Decimal(found) < Decimal(rule[name])):
            misses.append((name, str(rule[name]), "" if found is None else str(found)))
    words = [word for part in (rule.get("topic") or "").casefold().split(",") if (word := part.strip())]
    if words and not any(word in inputs["subject"].casefold() for word in words):
        misses.append(("topic", rule["topic"], inputs["subject"]))
    return tuple(misses)


def _hindered(agent: Mapping[str, Any], rule: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Why an agent does not get it; nothing where he may."""
    declined: Collection[int] = inputs.get("declined") or ()
    if agent["id"] in declined:
        return "declined"
    if agent["presence"] != "available":
        return str(agent["presence"])
    if agent["load"] >= agent["capacity"]:
        return "full"
    most = agent.get("most", {}).get(inputs["channel"])
    if most is not None and agent["busy"].get(inputs["channel"], 0) >= most:
        return "busy"
    if rule.get("skill") and agent["skills"].get(rule["skill"], 0) < rule["skill_level"]:
        return "skill"
    return "" if not inputs["language"] or inputs["language"] in agent["languages"] else "language"


def _order(agent: Mapping[str, Any], rule: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Who is preferred first, then who has most room, then who can it best."""
    preferred = rule.get("prefers") and inputs[rule["prefers"]] == agent["user"]
    return (not preferred, Decimal(agent["load"]) / agent["capacity"], -agent["skills"].get(rule.get("skill") or "", 0), agent["id"])
