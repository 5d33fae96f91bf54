"""Questions about approvals: what needs one, who may decide, what waits for somebody."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Value

from fondaco.masterdata.approvals.conditions import CONDITIONS
from fondaco.masterdata.approvals.kinds import KINDS, Kind, Subject
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalPolicy, ApprovalRequest, ApprovalStep, Deputy
from fondaco.platform.access.actors import Actor, actors_by_username
from fondaco.platform.access.models import Membership, User


@dataclass(frozen=True)
class Needed:
    """The policies that fit a document, and their steps in order, of each role one; none where nobody is asked."""

    policies: tuple[ApprovalPolicy, ...]
    steps: tuple[ApprovalStep, ...]


def is_asked(kind: Kind) -> bool:
    """Whether any policy asks approval for documents of the kind; one statement."""
    return ApprovalPolicy.objects.filter(kind=kind.key, is_active=True).exists()


def needed(kind: Kind, subjects: Sequence[Subject]) -> dict[int, Needed]:
    """The documents, by key, that need approval, with what decides so; two statements."""
    policies = list(
        ApprovalPolicy.objects.filter(company__in={s.company for s in subjects}, kind=kind.key, is_active=True).order_by("priority")
    )
    steps: dict[int, list[ApprovalStep]] = defaultdict(list)
    for step in ApprovalStep.objects.filter(policy__in=policies).select_related("role", "escalates_to").order_by("position", "id"):
        steps[step.policy_id].append(step)
    found = {}
    for subject in subjects:
        fitting = _asking([p for p in policies if _fits(p, subject)], steps, every=bool(kind.judges))
        if fitting:
            # Who is asked by two policies answers once: each step needs another person.
            asked = {step.role_id: step for policy in reversed(fitting) for step in reversed(steps[policy.pk])}
            order = dict.fromkeys(step.role_id for policy in fitting for step in steps[policy.pk])
            found[subject.pk] = Needed(tuple(fitting), tuple(asked[role] for role in order) if kind.judges else tuple(steps[fitting[0].pk]))
    return found


def _asking(fitting: Sequence[ApprovalPolicy], steps: Mapping[int, Sequence[ApprovalStep]], *, every: bool) -> list[ApprovalPolicy]:
    """Of the policies that fit, by priority, those that ask: the first, or every one; up to one without steps, which is an exception."""
    asking = list(takewhile(lambda p: bool(steps.get(p.pk)), fitting))
    return asking if every else asking[:1]


def _fits(policy: ApprovalPolicy, subject: Subject) -> bool:
    values = {value for dimension, value in subject.dimensions if dimension == policy.dimension}
    return (
        policy.company_id == subject.company
        and (policy.amount_from is None or abs(subject.together) >= policy.amount_from)
        and policy.party_id in (None, subject.party)
        and all(c.fits(getattr(policy, c.field), subject.figures) for c in CONDITIONS)
        and (not policy.dimension or (policy.dimension_value in values if policy.dimension_value else bool(values)))
    )


def latest(table: str, keys: Iterable[int]) -> dict[int, ApprovalRequest]:
    """The newest request of each document, by its key; one statement."""
    rows = ApprovalRequest.objects.filter(table_name=table, row_id__in=list(keys)).order_by("row_id", "-id").distinct("row_id")
    return {r.row_id: r for r in rows.select_related("role", "escalated_to")}


def countered(requests: Iterable[ApprovalRequest]) -> dict[int, ApprovalDecision]:
    """The counter-proposal that holds for each request, by its key: the last one made; one statement."""
    rows = ApprovalDecision.objects.filter(request__in=[r.pk for r in requests], at_most__isnull=False)
    return {d.request_id: d for d in rows.order_by("request_id", "-step").distinct("request_id")}


def askable(key: str, table: str, *, entered: Iterable[str], in_force: Iterable[str] = (), judged: bool = False) -> Q:
    """Documents for which it makes sense to ask for approval, by their state: *entered* ones where a policy of their kind stands in their company,
    those *in force* that were asked for before; nothing waits, and they are not approved as they stand. Whether a policy fits one is judged when it is asked;
    and of *judged* kinds, whether another does than those it was approved for."""
    requests = ApprovalRequest.objects.filter(table_name=table, row_id=OuterRef("pk"))
    policies = ApprovalPolicy.objects.filter(kind=key, is_active=True, company=OuterRef("company"))
    given = Func(Value(table), F("pk"), function="approvals_given", output_field=BooleanField())
    open_ = Q(Exists(policies), state__in=list(entered)) | Q(Exists(requests), state__in=list(in_force))
    open_ &= ~Q(Exists(requests.filter(state=ApprovalRequest.WAITING)))
    return open_ if judged else open_ & ~Q(given)


@dataclass(frozen=True)
class Standing:
    """The roles in which somebody answers: his own, and those of whom he is the deputy today; pairs of company (None: all) and role."""

    user: str
    own: frozenset[tuple[int | None, int]]
    for_others: tuple[tuple[int, str, frozenset[tuple[int | None, int]]], ...]

    def answers(self, request: ApprovalRequest) -> tuple[bool, int | None]:
        """Whether he may answer, and for whom (None: for himself). Nobody whose own work it is, nor his deputy for him."""
        roles = {request.role_id, request.escalated_to_id} - {None}

        def holds(held: frozenset[tuple[int | None, int]]) -> bool:
            return any((company, role) in held for company in (None, request.company_id) for role in roles)

        if self.user in request.authors:
            return False, None
        if holds(self.own):
            return True, None
        for key, name, held in self.for_others:
            if name not in request.authors and holds(held):
                return True, key
        return False, None


def standing_of(actor: Actor, *, on: date) -> Standing:
    """In which roles the actor answers on a day; two statements."""
    absent = dict(
        Deputy.objects.filter(deputy=actor.user_id, valid_from__lte=on, valid_to__gte=on).values_list("user_id", "user__username")
    )
    held: dict[int, set[tuple[int | None, int]]] = defaultdict(set)
    for user, company, role in Membership.objects.filter(user__in=[actor.user_id, *absent]).values_list("user_id", "company_id", "role_id"):
        held[user].add((company, role))
    others = tuple((key, name, frozenset(held[key])) for key, name in sorted(absent.items()))
    return Standing(actor.username, frozenset(held[actor.user_id or 0]), others)


def waiting_for(actor: Actor, *, on: date) -> list[ApprovalRequest]:
    """The requests that the actor may answer now, the longest waiting first; four statements, however many wait."""
    standing = standing_of(actor, on=on)
    roles = {role for held in (standing.own, *(h for _k, _n, h in standing.for_others)) for _company, role in held}
    rows = ApprovalRequest.objects.filter(Q(role__in=roles) | Q(escalated_to__in=roles), state=ApprovalRequest.WAITING)
    rows = rows.exclude(decisions__created_by=actor.username).select_related("party", "role", "policy", "company").order_by("since", "id")
    return [r for r in rows if _has_right(actor, r) and standing.answers(r)[0]]


def _has_right(actor: Actor, request: ApprovalRequest) -> bool:
    kind = KINDS.get(request.kind)
    return kind is not None and actor.may(kind.permission, request.company_id)


def approvers_of(requests: Sequence[ApprovalRequest], *, on: date) -> dict[int, list[User]]:
    """Who may answer each request now, by its key: holders of its roles and their deputies, with the right, without its authors."""
    roles = {r.role_id for r in requests} | {r.escalated_to_id for r in requests if r.escalated_to_id}
    holders = list(
        Membership.objects.filter(role__in=roles, user__is_active=True).values_list("role_id", "company_id", "user_id", "user__username")
    )
    deputies: dict[int, list[int]] = defaultdict(list)
    for user, deputy in Deputy.objects.filter(user__in={u for _r, _c, u, _n in holders}, valid_from__lte=on, valid_to__gte=on).values_list(
        "user_id", "deputy_id"
    ):
        deputies[user].append(deputy)
    users = {u.pk: u for u in User.objects.filter(pk__in={u for _r, _c, u, _n in holders} | {d for ds in deputies.values() for d in ds})}
    actors = actors_by_username(u.username for u in users.values())
    decided: dict[int, set[str]] = defaultdict(set)
    for key, name in ApprovalDecision.objects.filter(request__in=requests).values_list("request_id", "created_by"):
        decided[key].add(name)
    found = {}
    for request in requests:
        without = {*request.authors, *decided[request.pk]}
        asked = {
            person
            for role, company, user, name in holders
            if role in (request.role_id, request.escalated_to_id) and company in (None, request.company_id) and name not in request.authors
            for person in (user, *deputies[user])
        }
        fitting = (users[pk] for pk in sorted(asked) if users[pk].is_active and users[pk].username not in without)
        permission = KINDS[request.kind].permission
        found[request.pk] = [u for u in fitting if actors[u.username].may(permission, request.company_id)]
    return found
