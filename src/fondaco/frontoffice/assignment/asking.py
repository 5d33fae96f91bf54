"""What a decision looks at: the rules of a day, what is known of enquiries and deals, and how people stand. Statements do not grow with rows."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max, Q

from fondaco.frontoffice.assignment.deciding import LEFT, Facts, Ground, Member, Part, People, Rule
from fondaco.frontoffice.assignment.models import (
    IN_TURN,
    Absence,
    Assignment,
    AssignmentRule,
    Rulebook,
    Territory,
    TerritoryMember,
    TerritoryPart,
)
from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.frontoffice.scoring.queries import scores_of
from fondaco.masterdata.approvals.models import Deputy
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of, rate_table
from fondaco.masterdata.parties.models import Address, CustomerGroupMember, Party
from fondaco.platform.access.models import User
from fondaco.platform.database.knowing import known

Paper = Lead | Opportunity
RULE = ("position", "name", "applies_to", "customers", "score_from", "score_to", "keeps_own", "method")


@dataclass(frozen=True)
class Book:
    """The rules that are asked on a day, in their order, and the same as it is kept."""

    rules: tuple[Rule, ...]
    content: Mapping[str, Any]
    digest: str

    @property
    def people(self) -> list[int]:
        """Everybody a rule may give something to, in key order."""
        found = {m.person for r in self.rules for m in r.territory.members}
        found |= {p for r in self.rules for p in (r.person, r.territory.manager) if p is not None}
        return sorted(found)


@known
def book_of(company: int, on: date, state: str = AssignmentRule.IN_FORCE) -> Book:
    """The rules of a company in force on a day (or its drafts), with their territories and who works there; from memory."""
    holds = Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    rules = list(AssignmentRule.objects.filter(*holds, company=company, state=state).order_by("position", "pk"))
    grounds = {r.territory_id for r in rules}
    parts: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for p in TerritoryPart.objects.filter(territory__in=grounds).order_by("territory_id", "position", "pk"):
        values = {
            "country": p.country_id or "", "regions": p.regions, "postal_from": p.postal_from, "postal_to": p.postal_to, "group": p.group_id,
            "source": p.source, "amount_from": p.amount_from, "amount_to": p.amount_to,
        }  # fmt: skip
        parts[p.territory_id].append({k: v for k, v in values.items() if v not in ("", None)})
    members: dict[int, list[list[Any]]] = defaultdict(list)
    for m in TerritoryMember.objects.filter(*holds, territory__in=grounds).order_by("territory_id", "position", "pk"):
        members[m.territory_id].append([m.salesperson_id, m.capacity])
    content = {
        "rules": [{"id": r.pk, "territory": r.territory_id, "person": r.person_id, **{f: getattr(r, f) for f in RULE}} for r in rules],
        "territories": {
            str(t.pk): {"name": t.name, "manager": t.manager_id, "parts": parts[t.pk], "members": members[t.pk]}
            for t in Territory.objects.filter(pk__in=grounds).order_by("pk")
        },
    }  # fmt: skip
    text = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
    kept = json.loads(text)
    return Book(rules_of(kept), kept, hashlib.sha256(text.encode()).hexdigest())


def rules_of(content: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of a rulebook as they are asked."""
    grounds = {
        int(key): Ground(
            int(key), t["name"], t["manager"],
            tuple(Part(**{k: Decimal(v) if k.startswith("amount") else v for k, v in p.items()}) for p in t["parts"]),
            tuple(Member(person, Decimal(capacity)) for person, capacity in t["members"]),
        )
        for key, t in content["territories"].items()
    }  # fmt: skip
    return tuple(Rule(territory=grounds[r["territory"]], **{k: v for k, v in r.items() if k != "territory"}) for r in content["rules"])


def kept(company: int, book: Book) -> Rulebook:
    """The rulebook as it is kept; written once, whoever comes first. Two statements at most."""
    found = Rulebook.objects.filter(company=company, digest=book.digest).first()
    if found is None:
        fresh = Rulebook(company_id=company, digest=book.digest, content=book.content)
        Rulebook.objects.bulk_create([fresh], ignore_conflicts=True)
        found = Rulebook.objects.get(company=company, digest=book.digest)
    return found


def facts_of(company: int, papers: Sequence[Paper], rules: Iterable[Rule], *, on: date) -> list[Facts]:
    """What is known of leads and deals of one company, in their order; at most ten statements."""
    keys = {p.party_id for p in papers}
    parties = {pk: rest for pk, *rest in Party.objects.filter(pk__in=keys).values_list("pk", "country_id", "is_customer", "salesperson_id")}
    places = places_of(keys)
    groups = dict(CustomerGroupMember.objects.filter(party__in=keys).values_list("party_id", "group_id"))
    leads = [p.lead_id for p in papers if isinstance(p, Opportunity) and p.lead_id]
    sources = dict(Lead.objects.filter(pk__in=leads).values_list("pk", "source")) if leads else {}
    asks_score = any(r.score_from is not None or r.score_to is not None for r in rules)
    scores = scores_of(company, keys, on) if asks_score else {}
    own = companies_of([company])[company]
    table = rate_table(own, {p.currency_id for p in papers if p.currency_id})
    found = []
    for p in papers:
        country, is_customer, salesperson = parties[p.party_id]
        there, region, code = places.get(p.party_id, ("", "", ""))
        is_lead = isinstance(p, Lead)
        amount = p.estimated_amount if isinstance(p, Lead) else p.amount
        found.append(
            Facts(
                kind="lead" if is_lead else "opportunity", country=country or there, region=region, postal_code=code, group=groups.get(p.party_id),
                source=p.source if isinstance(p, Lead) else sources.get(p.lead_id, ""),
                amount=None if amount is None else table.to_base(amount, p.currency_id or own.currency_id, p.on),
                score=scores.get(p.party_id), is_customer=is_customer, own=salesperson,
            )
        )  # fmt: skip
    return found


def places_of(parties: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """Country, region and postal code of parties, from the address where they are billed, else their first. One statement."""
    found: dict[int, tuple[str, str, str]] = {}
    billed: set[int] = set()
    rows = Address.objects.filter(party__in=list(parties)).order_by("position", "pk")
    for party, kind, country, region, code in rows.values_list("party_id", "kind", "country_id", "region", "postal_code"):
        if party not in found or (kind == "billing" and party not in billed):
            found[party] = country or "", region, code
        if kind == "billing":
            billed.add(party)
    return found


def locked(people: Iterable[int]) -> None:
    """Lock people in key order until the end of the transaction: who gives something out meanwhile waits, and then counts what was given."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=list(people)).order_by("pk").values_list("pk"))


def away_on(people: Iterable[int], on: date) -> dict[int, str]:
    """Who gets nothing on a day: until when he is away, or that he no longer works here. Three statements."""
    keys = list(people)
    holds = {"valid_from__lte": on, "valid_to__gte": on}
    found = {
        person: str(until) for person, until in Deputy.objects.filter(user__in=keys, **holds).order_by("valid_to").values_list("user_id", "valid_to")
    }  # fmt: skip
    found |= {
        person: str(until) for person, until in Absence.objects.filter(salesperson__in=keys, **holds).values_list("salesperson_id", "valid_to")
    }  # fmt: skip
    return found | dict.fromkeys(User.objects.filter(pk__in=keys, is_active=False).values_list("pk", flat=True), LEFT)


def standing(company: int, rules: Sequence[Rule], people: Iterable[int], papers: Iterable[Paper], *, on: date) -> dict[int, People]:
    """How people stand for each rule, by its key; what ``papers`` are is not counted, for it is being given out. Six statements."""
    keys = sorted(set(people))
    given = list(papers)
    loads: dict[int, int] = dict.fromkeys(keys, 0)
    for model, is_open in ((Lead, Q(state__in=Lead.OPEN)), (Opportunity, Q(state="open"))):
        own = [p.pk for p in given if isinstance(p, model) and p.pk]
        rows = model.objects.filter(is_open, company=company, salesperson__in=keys).exclude(pk__in=own).order_by()
        for person, number in rows.values_list("salesperson_id").annotate(number=Count("pk")):
            loads[person] += number
    away = away_on(keys, on)
    turns: dict[int, dict[int, int]] = defaultdict(dict)
    in_turn = [r.id for r in rules if r.method == IN_TURN]
    if in_turn:
        last = Assignment.objects.filter(rule__in=in_turn, how=IN_TURN, salesperson__in=keys).order_by()
        for rule, person, latest in last.values_list("rule_id", "salesperson_id").annotate(latest=Max("pk")):
            turns[rule][person] = latest
    return {r.id: People(loads, turns[r.id], away) for r in rules}


def names_of() -> dict[int, str]:
    """What people are called; from memory."""
    return _names()


@known
def _names() -> dict[int, str]:
    return dict(User.objects.values_list("pk", "name"))


def company_of(key: int) -> Company:
    return companies_of([key])[key]
