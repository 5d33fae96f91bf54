"""Who gets it, and why (SA-08): a bench for an enquiry that nobody made, an assignment as it was decided, drafts compared, a territory handed over."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fondaco.frontoffice.assignment.actions import hand_over
from fondaco.frontoffice.assignment.asking import Book, book_of, names_of, places_of, rules_of, standing
from fondaco.frontoffice.assignment.assigning import agrees, replayed
from fondaco.frontoffice.assignment.comparing import compare
from fondaco.frontoffice.assignment.deciding import Decision, Facts, Rule, decide
from fondaco.frontoffice.assignment.handing_over import plan
from fondaco.frontoffice.assignment.models import BY_HAND, HOW, NO_RULE, QUEUE, Assignment, Territory
from fondaco.frontoffice.assignment.wording import absent, missed, sentence
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.scoring.queries import scores_of
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.naming import name_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company, Country
from fondaco.masterdata.parties.models import CustomerGroup, CustomerGroupMember, Party
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import resource_of

VIEW, GIVEN = "assignment.view_rule", "assignment.view_assignment"
BENCH, COMPARE, HAND_OVER = "/sell/who-gets-it", "/sell/compare-rules", "/sell/hand-over"
SCREENS.append(Screen("sell", "set_up", 3, gettext_lazy("Who gets it?"), BENCH, VIEW))
SCREENS.append(Screen("sell", "set_up", 4, gettext_lazy("Compare rules"), COMPARE, "assignment.write_rule"))
SCREENS.append(Screen("sell", "set_up", 5, gettext_lazy("Hand over a territory"), HAND_OVER, "assignment.hand_over"))
LASTS = (50, 200, 1000)


def _company(request: HttpRequest, right: str) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(right, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


@door(VIEW, "GET")
def bench(request: HttpRequest) -> HttpResponse:
    """Ask the rules about an enquiry or a deal that is only described; nothing is written."""
    company, actor = _company(request, VIEW), request.actor  # type: ignore[attr-defined]
    on, given, formats = today_of(request), request.GET, formats_of(request)
    party = visible(Party.objects.all(), actor, "parties.view_party").filter(pk=whole(given.get("party", "")) or 0).first()
    facts = _described(request, company, party)
    country, group = facts.country, facts.group
    fields = [
        {"name": "kind", "label": _("What"), "kind": "select", "options": [("lead", _("Lead")), ("opportunity", _("Opportunity"))], "value": facts.kind},
        {
            "name": "party", "label": _("Party"), "kind": "pick", "url": "/parties/pick", "value": party.pk if party else "",
            "text": name_of(actor, Party, party) if party else "",
        },
        {"name": "country", "label": _("Country"), "kind": "select", "options": list(Country.objects.order_by("name").values_list("code", "name")), "empty": "–", "value": country},
        {"name": "region", "label": _("Province or region"), "value": facts.region},
        {"name": "postal_code", "label": _("Postal code"), "value": facts.postal_code},
        {"name": "group", "label": _("Customer group"), "kind": "select", "options": [(str(k), v) for k, v in _groups().items()], "empty": "–", "value": str(group or "")},
        {"name": "source", "label": _("Source"), "kind": "select", "options": [(k, str(v)) for k, v in Lead.SOURCES], "empty": "–", "value": facts.source},
        {"name": "amount", "label": _("Worth, {currency}").format(currency=company.currency_id), "kind": "amount", "decimals": DECIMALS.get(company.currency_id, 2), "value": facts.amount},
        {"name": "score", "label": _("Score"), "kind": "number", "value": facts.score},
    ]  # fmt: skip
    context: dict[str, Any] = {
        "title": _("Who gets it?"), "fields": fields, "action": BENCH,
        "intro": _("Describe an enquiry or a deal: of a party that is chosen, what is known of it fills in what is left empty. Nothing is written."),
    }  # fmt: skip
    if given:
        book = book_of(company.pk, on)
        people = sorted({*book.people, *([facts.own] if facts.own else [])})
        decision = decide(book.rules, facts, standing(company.pk, book.rules, people, (), on=on))
        context |= _told(decision, book.rules, facts, formats, company)
    return page(request, "web/assignment.html", context)


def _described(request: HttpRequest, company: Company, party: Party | None) -> Facts:
    """What was typed; of a party, what is known of it where nothing was."""
    given, on = request.GET, today_of(request)
    formats = formats_of(request)
    there = ("", "", "")
    group = score = own = None
    if party is not None:
        there = places_of([party.pk]).get(party.pk, there)
        group = CustomerGroupMember.objects.filter(party=party).values_list("group_id", flat=True).first()
        score, own = scores_of(company.pk, [party.pk], on).get(party.pk), party.salesperson_id
    groups = _groups()
    typed = whole(given.get("group", ""))
    typed_score = _number(given.get("score", ""), formats)
    return Facts(
        kind="opportunity" if given.get("kind") == "opportunity" else "lead",
        country=given.get("country", "")[:2] or (party.country_id if party else None) or there[0],
        region=given.get("region", "")[:100] or there[1], postal_code=given.get("postal_code", "")[:20] or there[2],
        group=typed if typed in groups else group, source=given.get("source", "") if given.get("source", "") in dict(Lead.SOURCES) else "",
        amount=_number(given.get("amount", ""), formats),
        score=int(typed_score) if typed_score is not None and 0 <= typed_score <= 100 else score,
        is_customer=bool(party and party.is_customer), own=own,
    )  # fmt: skip


def _number(text: str, formats: Formatting) -> Decimal | None:
    """What was typed into a field of figures; None where it is none."""
    try:
        number = formats.parse_number(text) if text.strip() else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 10**16 else None


def _groups() -> dict[int, str]:
    italian = get_language() == "it"
    return {
        pk: it if italian and it else name for pk, name, it in CustomerGroup.objects.order_by("name").values_list("pk", "name", "name_it")
    }


@door(GIVEN, "GET")
def given_out(request: HttpRequest, pk: int) -> HttpResponse:
    """One assignment as it was decided, made again from what was kept with it."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = Assignment.objects.select_related("lead", "opportunity", "salesperson", "before", "company", "rulebook")
    found = visible(rows, actor, GIVEN).filter(pk=pk).first()
    if found is None:
        raise NotFound(what=f"{Assignment._meta.verbose_name} {pk}")
    formats, names = formats_of(request), names_of()
    paper = found.lead or found.opportunity
    resource = resource_of(type(paper))
    reaches = resource is not None and visible(type(paper)._default_manager.filter(pk=paper.pk), actor, resource.view_permission).exists()
    facts = [
        (str(paper._meta.verbose_name)[:1].upper() + str(paper._meta.verbose_name)[1:], {"text": str(paper), "url": resource.url(paper.pk)} if reaches and resource else str(paper)),
        (_("Date"), formats.date(found.on)), (_("Had it before"), names.get(found.before_id or 0, "")), (_("By"), found.created_by),
    ]  # fmt: skip
    context: dict[str, Any] = {"title": _("Why this person?"), "above": facts}
    if found.how == BY_HAND:
        context |= {
            "answer": [(_("Salesperson"), names.get(found.salesperson_id or 0, "")), (_("How"), _how(found.how)), (_("Why"), found.reason)]
        }
    else:
        decision = replayed(found)
        context |= _told(
            decision,
            rules_of(found.rulebook.content),
            Facts.from_json(found.inputs["facts"]),
            formats,
            found.company,
            before=found.before_id,
        )
        same = agrees(found, decision)
        context["again"] = {
            "tone": "done" if same else "bad", "word": _("Made again from what was kept: the same.") if same else _("Made again from what was kept: not the same."),
        }  # fmt: skip
    return page(request, "web/assignment.html", context)


def _how(how: str) -> str:
    word = str(dict(HOW)[how])
    return word[:1].upper() + word[1:]


def _told(
    decision: Decision, rules: Sequence[Rule], facts: Facts, formats: Formatting, company: Company, *, before: int | None = None
) -> dict[str, Any]:
    """A decision as the template takes it: who, what was asked, every rule with its verdict, everybody with his load."""
    names, groups = names_of(), _groups()
    passed = {rule.id: misses for rule, misses in decision.passed}
    person = before if decision.how == NO_RULE else decision.person
    amount = (
        f"{formats.amount(facts.amount, DECIMALS.get(company.currency_id, 2))} {company.currency_id}" if facts.amount is not None else ""
    )
    asked = [
        (_("Country"), facts.country), (_("Province or region"), facts.region), (_("Postal code"), facts.postal_code),
        (_("Customer group"), groups.get(facts.group or 0, "")), (_("Source"), str(dict(Lead.SOURCES).get(facts.source, ""))), (_("Worth"), amount),
        (_("Score"), "" if facts.score is None else str(facts.score)), (_("Customer"), _("yes") if facts.is_customer else _("no")),
        (_("Own salesperson"), names.get(facts.own or 0, "")),
    ]  # fmt: skip
    return {
        "answer": [(_("Salesperson"), names.get(person or 0, "") or _("nobody")), (_("How"), _how(decision.how))],
        "why": sentence(decision, names, groups, before=before),
        "asked": [(title, value) for title, value in asked if value],
        "rules": [_verdict(r, decision, passed, groups) for r in rules],
        "people": [
            {
                "name": names.get(c.person, str(c.person)), "load": c.load, "capacity": formats.percent(c.capacity / 100, 0),
                "weighed": formats.quantity(round(Decimal(c.weighed.numerator) / c.weighed.denominator, 2)), "chosen": c.person == decision.person,
                "away": absent(c.away) if c.away else "",
            }
            for c in decision.candidates
        ],
    }  # fmt: skip


def _verdict(rule: Rule, decision: Decision, passed: Mapping[int, Sequence[Any]], groups: Mapping[int, str]) -> dict[str, Any]:
    won = decision.rule is not None and decision.rule.id == rule.id
    if won:
        word, tone, why = _("decides"), "done", []
    elif rule.id in passed:
        word, tone, why = _("does not fit"), "open", [missed(m, groups) for m in passed[rule.id]]
    else:
        word, tone, why = _("comes later"), "ended", [_("An earlier rule decides.")]
    return {
        "position": rule.position, "name": rule.name, "url": f"/assignment-rules/{rule.id}", "territory": rule.territory.name, "won": won,
        "state": {"word": word, "tone": tone}, "why": why,
    }  # fmt: skip


@door("assignment.write_rule", "GET")
def compare_rules(request: HttpRequest) -> HttpResponse:
    """The last leads given out again by the drafts and by the rules in force, side by side."""
    company, actor = _company(request, "assignment.write_rule"), request.actor  # type: ignore[attr-defined]
    asked = whole(request.GET.get("last", ""))
    last = asked if asked in LASTS else LASTS[1]
    on, names = today_of(request), names_of()
    drafts: Book = book_of(company.pk, on, "draft")
    found = compare(actor, company, last=last, on=on)
    people = sorted({*found.in_force, *found.drafted, *found.held}, key=lambda p: (p is None, -found.in_force[p], names.get(p or 0, "")))
    shown = [(names.get(p or 0, "") or _("nobody"), found.held[p], found.in_force[p], found.drafted[p]) for p in people]
    bars = [
        bar
        for name, _held, now, then in shown
        if now or then
        for bar in (
            {"label": name, "value": now, "shown": str(now), "past": True},
            {"label": _("draft"), "value": then, "shown": str(then)},
        )
    ]  # fmt: skip
    columns = [
        {"key": "who", "title": _("Salesperson"), "kind": "key", "lead": True},
        *({"key": k, "title": t, "kind": "number", "sum": True} for k, t in (("held", _("Has them")), ("now", _("By the rules in force")), ("then", _("By the drafts")), ("more", _("More or fewer")))),
    ]  # fmt: skip
    tables = [
        {
            "caption": _("Each person"), "columns": columns, "plain": True,
            "rows": [{"id": n, "url": "", "cells": [name, held, now, then, then - now]} for n, (name, held, now, then) in enumerate(shown)],
        }
    ]  # fmt: skip
    rules = ", ".join(r.name for r in drafts.rules)
    context = {
        "title": _("Compare rules"), "action": COMPARE, "hidden": [],
        "fields": [{"name": "last", "label": _("Leads"), "kind": "select", "value": str(last), "options": [(str(n), _("the last {count}").format(count=n)) for n in LASTS]}],
        "tiles": [
            {"title": _("Leads"), "figure": str(found.leads), "unit": "", "story": _("given out again")},
            {"title": _("Would be another's"), "figure": str(found.moved), "unit": "", "story": _("by the drafts than by the rules in force")},
        ],
        "chart": {"title": _("Leads of each person"), "story": _("Paler: by the rules in force. Full: by the drafts."), "bars": bars, "named": True} if bars else None,
        "tables": tables if drafts.rules else [],
        "explained": _("Asked are the drafts: {rules}. The last leads are given out in the order in which they came, as they are known today; everybody is there and begins with nothing. Nothing is written.").format(rules=rules)
        if drafts.rules
        else _("No rule is drafted. Draft a copy of a rule, or write a new one, to see what it would change."),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


@door("assignment.hand_over", "GET", "POST")
def handing_over(request: HttpRequest) -> HttpResponse:
    """What of a territory would change hands, line by line; and the same done, with a reason."""
    company, actor = _company(request, "assignment.hand_over"), request.actor  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    everything = asked.get("which") == "all"
    territories = list(visible(Territory.objects.filter(company=company), actor, VIEW).order_by("name"))
    chosen = next((t for t in territories if t.pk == whole(asked.get("territory", ""))), None)
    back = HttpResponseRedirect(
        f"{HAND_OVER}?{urlencode({'territory': chosen.pk if chosen else '', 'which': 'all' if everything else ''})}"
    )
    if request.method == "POST":
        try:
            done = perform(actor, hand_over, [chosen.pk] if chosen else [], {"everything": everything}, reason=asked.get("reason", ""))
            flash(
                request,
                _("Handed over: {count}").format(count=len(done.made["assignments"])),
                url="/assignments",
                url_label=_("Assignments"),
            )
        except UserError as refusal:
            flash(request, refusal.sentence(), tone="bad")
        return back
    context: dict[str, Any] = {
        "title": _("Hand over a territory"), "action": HAND_OVER,
        "intro": _("Change the members of the territory first. Then see here what would go to whom, and hand it over in one go."),
        "fields": [
            {"name": "territory", "label": _("Territory"), "kind": "select", "options": [(str(t.pk), t.name) for t in territories], "empty": "–", "value": str(chosen.pk) if chosen else ""},
            {"name": "which", "label": _("What of it"), "kind": "select", "options": [("", _("what is not its members'")), ("all", _("everything open"))], "value": "all" if everything else ""},
        ],
    }  # fmt: skip
    if chosen is not None:
        context |= {"territory": chosen.pk, "which": "all" if everything else "", "changes": _changes(chosen, everything, request)}
    return page(request, "web/hand_over.html", context)


def _changes(territory: Territory, everything: bool, request: HttpRequest) -> list[dict[str, Any]]:
    names, groups = names_of(), _groups()
    steps = [
        s
        for s in plan(territory.company_id, [territory.pk], everything=everything, on=today_of(request), lock=False)
        if s.person != s.paper.salesperson_id
    ]
    parties = dict(Party.objects.filter(pk__in={s.paper.party_id for s in steps}).values_list("pk", "name"))
    rows = []
    for s in steps:
        resource = resource_of(type(s.paper))
        rows.append(
            {
                "number": str(s.paper), "url": resource.url(s.paper.pk) if resource else "", "party": parties[s.paper.party_id],
                "before": names.get(s.paper.salesperson_id or 0, "") or _("nobody"), "then": names.get(s.person or 0, "") or _("nobody"),
                "queue": s.decision.how == QUEUE, "why": sentence(s.decision, names, groups, before=s.paper.salesperson_id),
            }
        )  # fmt: skip
    return rows
