"""The verbs of assignment: by the rules, by hand, a territory handed over; and rules put in force and ended."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.assignment.asking import book_of, locked
from fondaco.frontoffice.assignment.assigning import assign, write
from fondaco.frontoffice.assignment.handing_over import plan
from fondaco.frontoffice.assignment.models import BY_HAND, Assignment, AssignmentRule, Territory
from fondaco.frontoffice.assignment.refusals import NobodyToGiveTo, NoRules, NothingToHandOver
from fondaco.frontoffice.crm.entrusting import entrust
from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Person = Annotated[int, Field(json_schema_extra={"resource": "users"})]
OPEN = {state: state for state in Lead.OPEN}
RULE = (
    "company_id", "position", "name", "territory_id", "applies_to", "customers", "score_from", "score_to", "keeps_own", "method", "person_id",
    "valid_from", "valid_to",
)  # fmt: skip


@action(Lead, moves=OPEN, permission="assignment.assign", name="assign_lead", title=_("Assign by the rules"), done=_("Assigned"))
def assign_leads(leads: DocumentSet[Lead]) -> None:
    """Give open leads out by the rules of assignment, as they are now; each is told why."""
    _by_rules(leads)


@action(
    Opportunity, moves={"open": "open"}, permission="assignment.assign", name="assign_opportunity", title=_("Assign by the rules"), done=_("Assigned")
)  # fmt: skip
def assign_opportunities(opportunities: DocumentSet[Opportunity]) -> None:
    """Give open opportunities out by the rules of assignment, as they are now; each is told why."""
    _by_rules(opportunities)


def _by_rules(papers: DocumentSet[Any]) -> None:
    on = timezone.localdate()
    without = [p for p in papers if not book_of(p.company_id, on).rules]
    if without:
        raise NoRules(document=", ".join(map(str, without[:20])), rows=rows_json(without))
    papers.made["assignments"] = [a.pk for a in assign(papers, on=on)]


@action(
    Lead, moves=OPEN, permission="assignment.reassign", name="reassign_lead", title=_("Reassign"), needs_reason=True, done=_("Reassigned")
)
def reassign_leads(leads: DocumentSet[Lead], *, salesperson: Person) -> None:
    """Give open leads to somebody by hand, and say why."""
    _by_hand(leads, salesperson)


@action(
    Opportunity, moves={"open": "open"}, permission="assignment.reassign", name="reassign_opportunity", title=_("Reassign"),
    needs_reason=True, done=_("Reassigned"),
)  # fmt: skip
def reassign_opportunities(opportunities: DocumentSet[Opportunity], *, salesperson: Person) -> None:
    """Give open opportunities to somebody by hand, and say why."""
    _by_hand(opportunities, salesperson)


def _by_hand(papers: DocumentSet[Any], person: int) -> None:
    if not User.objects.filter(pk=person, is_active=True).exists():
        raise NobodyToGiveTo(user=person, document=", ".join(map(str, papers.rows[:20])), rows=rows_json(papers.rows))
    locked([person])
    today = timezone.localdate()
    rows = [
        Assignment(
            company_id=p.company_id, on=today, lead=p if isinstance(p, Lead) else None, opportunity=None if isinstance(p, Lead) else p,
            before_id=p.salesperson_id, salesperson_id=person, how=BY_HAND, reason=papers.reason,
        )
        for p in papers
    ]  # fmt: skip
    insert_rows(Assignment, rows)
    entrust(papers.model, dict.fromkeys(papers.ids, person))
    papers.made["assignments"] = [a.pk for a in rows]


@action(
    Territory, permission="assignment.hand_over", title=_("Hand the territory over"), needs_reason=True, dangerous=True, done=_("Territory handed over"), hidden=True
)  # fmt: skip
def hand_over(territories: DocumentSet[Territory], *, everything: bool = False) -> None:
    """Give out anew, by the rules, what of a territory somebody has who does not belong to it any more; or ``everything`` that is open in it."""
    on = timezone.localdate()
    by_company: dict[int, list[int]] = defaultdict(list)
    for territory in territories:
        by_company[territory.company_id].append(territory.pk)
    made: list[int] = []
    for company, keys in sorted(by_company.items()):
        steps = [s for s in plan(company, keys, everything=everything, on=on, lock=True) if s.person != s.paper.salesperson_id]
        made += [a.pk for a in write(company, book_of(company, on), steps, on=on)]
    if not made:
        raise NothingToHandOver(territory=", ".join(map(str, territories.rows[:20])), rows=rows_json(territories.rows))
    territories.made["assignments"] = made


@action(AssignmentRule, moves={"draft": "in_force"}, permission="assignment.put_rule_in_force", title=_("Put in force"), done=_("In force"))
def put_in_force(rules: DocumentSet[AssignmentRule]) -> None:
    """Let drafts of rules decide from now on, beside those in force."""


@action(
    AssignmentRule, moves={"draft": "in_force"}, permission="assignment.put_rule_in_force", title=_("Put in force instead of all others"),
    dangerous=True, done=_("In force"),
)  # fmt: skip
def replace_all(rules: DocumentSet[AssignmentRule]) -> None:
    """Let these drafts decide from now on, and end every other rule of their companies."""
    others = AssignmentRule.objects.filter(company__in=[r.company_id for r in rules], state=AssignmentRule.IN_FORCE).order_by("pk")
    _end([r.pk for r in others.select_for_update(of=("self",))])


@action(
    AssignmentRule,
    moves={"in_force": "retired", "draft": "retired"},
    permission="assignment.put_rule_in_force",
    title=_("End"),
    done=_("Ended"),
)
def end(rules: DocumentSet[AssignmentRule]) -> None:
    """Ask rules no more; what they decided stays."""


def _end(keys: Sequence[int]) -> None:
    update_rows(AssignmentRule, {"id": keys, "state": [AssignmentRule.RETIRED] * len(keys)})


@action(
    AssignmentRule, moves={"in_force": "in_force", "retired": "retired"}, permission="assignment.write_rule", title=_("Draft a copy"), done=_("Copy drafted")
)  # fmt: skip
def draft_copy(rules: DocumentSet[AssignmentRule]) -> None:
    """Draft copies of rules, to change them and compare what they would give to whom."""
    made = [AssignmentRule(state=AssignmentRule.DRAFT, **{f: getattr(r, f) for f in RULE}) for r in rules]
    insert_rows(AssignmentRule, made)
    rules.made["assignment-rules"] = [r.pk for r in made]
