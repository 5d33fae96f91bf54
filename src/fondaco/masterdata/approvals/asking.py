"""What other rooms call: ask for approval, require it, and let an edit void it. Sets in, constant statements."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from babel.numbers import format_currency
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from fondaco.masterdata.approvals.conditions import CONDITIONS, asks, written
from fondaco.masterdata.approvals.kinds import KINDS, Kind, Subject
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalFinding, ApprovalPolicy, ApprovalRequest
from fondaco.masterdata.approvals.queries import Needed, approvers_of, countered, is_asked, latest, needed
from fondaco.masterdata.approvals.refusals import ApprovalMissing, AskedAlready, NothingToApprove
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Wrong

#: Where somebody finds what waits for him.
ADDRESS = "/approvals"


def ask(kind: Kind, keys: Sequence[int], *, actor: Actor, words: str = "") -> list[int]:
    """Ask for approval of documents as they stand, and tell the approvers by mail; the keys of the requests. ``words`` are for the approvers.

    Raises NothingToApprove where no policy fits, AskedAlready where the same content was asked for.
    """
    subjects = kind.subjects(keys)
    fitting = needed(kind, subjects)
    before = latest(kind.model._meta.db_table, keys)
    counters = countered(before.values()) if kind.countered else {}
    outdated = []
    for subject in subjects:
        if subject.pk not in fitting:
            raise NothingToApprove(document=subject.title)
        request = before.get(subject.pk)
        if request is not None and request.state in (ApprovalRequest.WAITING, ApprovalRequest.APPROVED):
            if subject.content_hash == _bound(request, counters) and _covers(request, fitting[subject.pk], kind):
                raise AskedAlready(document=subject.title)
            outdated.append(request)
    _keep_findings(kind, subjects, fitting)
    _void(outdated)
    companies = Company.objects.in_bulk({s.company for s in subjects})
    requests = [_request(kind, s, fitting[s.pk], companies[s.company], actor, words) for s in subjects]
    insert_rows(ApprovalRequest, requests)
    tell(requests)
    return [r.pk for r in requests]


def _bound(request: ApprovalRequest, counters: Mapping[int, ApprovalDecision]) -> str:
    """The content that a request stands for: what was asked, or, once approved, what it becomes by the counter-proposal."""
    counter = counters.get(request.pk) if request.state == ApprovalRequest.APPROVED else None
    return request.content_hash if counter is None else counter.counter_hash


def _covers(request: ApprovalRequest, need: Needed, kind: Kind) -> bool:
    """Whether what was asked was asked for all the policies that fit now; kinds whose first policy decides keep what it decided."""
    return not kind.judges or {p.pk for p in need.policies} <= set(request.policies)


def _keep_findings(kind: Kind, subjects: Sequence[Subject], fitting: Mapping[int, Needed]) -> None:
    """Keep the figures of documents as they stand, for the database to judge by; one statement, none for kinds that it reads itself."""
    if not kind.judges:
        return
    rows = [
        ApprovalFinding(
            company_id=s.company,
            kind=kind.key,
            table_name=kind.model._meta.db_table,
            row_id=s.pk,
            party_id=s.party,
            amount=s.amount,
            figures={name: str(value) if isinstance(value, Decimal) else value for name, value in s.figures.items()},
            policies=[p.pk for p in fitting[s.pk].policies] if s.pk in fitting else [],
        )
        for s in subjects
    ]
    insert_rows(ApprovalFinding, rows)


def find(kind: Kind, keys: Sequence[int]) -> None:
    """Keep what is found of documents that changed while they are in force; what an approval lacks of them, the law of their room says."""
    if keys and is_asked(kind):
        subjects = kind.subjects(keys)
        _keep_findings(kind, subjects, needed(kind, subjects))


def _request(kind: Kind, subject: Subject, need: Needed, company: Company, actor: Actor, words: str) -> ApprovalRequest:
    return ApprovalRequest(
        company_id=subject.company,
        kind=kind.key,
        table_name=kind.model._meta.db_table,
        row_id=subject.pk,
        title=subject.title,
        party_id=subject.party,
        amount=subject.amount,
        why=why(need, subject, company, hidden=frozenset(kind.hidden)),
        words=words,
        policies=[p.pk for p in need.policies],
        policy=need.policies[0],
        content_hash=subject.content_hash,
        authors=sorted({*subject.authors, actor.username}),
        steps=[{"role": s.role_id, "days": s.days, "escalates_to": s.escalates_to_id} for s in need.steps],
        role=need.steps[0].role,
        since=timezone.now(),
    )


def why(need: Needed, subject: Subject, company: Company, *, hidden: frozenset[str] = frozenset(), language: str = "") -> str:
    """The sentence that says why approval is asked, policy by policy with the figures, in the company's language unless another is given;
    figures that are ``hidden`` stay out."""
    with override(language or company.language):
        said = "; ".join(_said(policy, subject, company, hidden) for policy in need.policies)
        if subject.together != subject.amount:
            together = _written(abs(subject.together), company.currency_id, company.language)
            said += "; " + _("with others of these days it comes to {amount}").format(amount=together)
        return said


def _said(policy: ApprovalPolicy, subject: Subject, company: Company, hidden: frozenset[str]) -> str:
    def amount(value: Decimal) -> str:
        return _written(value, company.currency_id, get_language() or company.language)

    parts = [_("from {amount} on").format(amount=amount(policy.amount_from))] if policy.amount_from is not None else []
    for condition in CONDITIONS:
        wanted = getattr(policy, condition.field)
        if asks(wanted):
            parts.append(condition.told(wanted, subject.figures, amount, hidden=condition.figure in hidden))
    return "; ".join([policy.name, *parts]) if not subject.figures or not parts else f"{policy.name}: {', '.join(parts)}"


def hidden_from(kind: Kind, actor: Actor | None, company: int) -> frozenset[str]:
    """The figures of a kind that somebody may not see; nobody in particular sees none."""
    return frozenset(name for name, right in kind.hidden.items() if actor is None or not actor.may(right, company))


def _written(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its currency's decimals, as the language of whoever reads it writes it."""
    return str(format_currency(amount, currency, "#,##0.00 ¤¤", language, currency_digits=True))


def require(kind: Kind, keys: Sequence[int], *, actor: Actor | None = None) -> None:
    """Refuse documents that need approval and have none for exactly what they are. Raises ApprovalMissing, naming every one.

    ``actor`` is told of hidden figures what he may see.
    """
    if not keys or not is_asked(kind):
        return
    subjects = kind.subjects(keys)
    fitting = needed(kind, subjects)
    _keep_findings(kind, subjects, fitting)
    if not fitting:
        return
    found = latest(kind.model._meta.db_table, fitting)
    counters = countered(found.values()) if kind.countered else {}
    companies = Company.objects.in_bulk({s.company for s in subjects})
    missing = [s for s in subjects if s.pk in fitting and not _in_force(found.get(s.pk), s, fitting[s.pk], kind, counters)]
    if missing:
        sentences = [
            {
                "id": str(s.pk),
                "document": s.title,
                "why": why(fitting[s.pk], s, companies[s.company], hidden=hidden_from(kind, actor, s.company)),
            }
            for s in missing
        ]
        raise ApprovalMissing(document=", ".join(s.title for s in missing[:20]), why=sentences[0]["why"], rows=sentences[:200])


def _in_force(
    request: ApprovalRequest | None, subject: Subject, need: Needed, kind: Kind, counters: Mapping[int, ApprovalDecision]
) -> bool:
    return (
        request is not None
        and request.state == ApprovalRequest.APPROVED
        and _bound(request, counters) == subject.content_hash
        and _covers(request, need, kind)
    )


def void_changed(kind: Kind, keys: Sequence[int]) -> None:
    """Void what was asked for or given to documents that are not any more what they were; called when they are written."""
    standing = [
        r for r in latest(kind.model._meta.db_table, keys).values() if r.state in (ApprovalRequest.WAITING, ApprovalRequest.APPROVED)
    ]
    if standing:
        now = {s.pk: s.content_hash for s in kind.subjects([r.row_id for r in standing])}
        counters = countered(standing) if kind.countered else {}
        _void([r for r in standing if now.get(r.row_id) not in (r.content_hash, _bound(r, counters))])


def wrong(kind: Kind, pk: int, *, actor: Actor | None = None) -> list[Wrong]:
    """How the approval of one document stands, in words for the head of its page; nothing where none is needed."""
    if not is_asked(kind):
        return []
    (subject,) = kind.subjects([pk])
    fitting = needed(kind, [subject])
    if not fitting:
        return []
    need = fitting[pk]
    request = latest(kind.model._meta.db_table, [pk]).get(pk)
    counters = countered([request]) if kind.countered and request is not None else {}
    sees = actor is None or actor.may("approvals.view_request", subject.company)
    address = {"cure": _("See the approval"), "url": f"/approval-requests/{request.pk}"} if request is not None and sees else {}
    is_countered = request is not None and request.pk in counters and request.state == ApprovalRequest.APPROVED
    if request is not None and is_countered and subject.content_hash == request.content_hash:
        said = _("Approved with discounts of at most {percent}%. Take that over, or ask anew.")
        return [Wrong(said.format(percent=written(counters[request.pk].at_most or ZERO)), **address)]
    if (
        request is None
        or request.state == ApprovalRequest.VOID
        or subject.content_hash != _bound(request, counters)
        or not _covers(request, need, kind)
    ):
        if kind.judges:
            company = Company.objects.get(pk=subject.company)
            said = why(need, subject, company, hidden=hidden_from(kind, actor, subject.company), language=get_language() or "")
        else:
            said = need.policies[0].name
        return [Wrong(_("Needs approval before it goes on: {why}.").format(why=said), **address)]
    if request.state == ApprovalRequest.REJECTED:
        because = ApprovalDecision.objects.filter(request=request, is_approved=False).values_list("comment", flat=True).first()
        said = (
            _("Its approval was refused: {why}. Correct it and ask again.")
            if because
            else _("Its approval was refused. Correct it and ask again.")
        )
        return [Wrong(said.format(why=because), tone="bad", **address)]
    if request.state == ApprovalRequest.WAITING:
        return [Wrong(_("Waits for approval by {role}.").format(role=request.role.called()), **address)]
    return []


def _void(requests: Sequence[ApprovalRequest]) -> None:
    update_rows(ApprovalRequest, {"id": [r.pk for r in requests], "state": [ApprovalRequest.VOID] * len(requests)})


def tell(requests: Sequence[ApprovalRequest], *, late: bool = False) -> None:
    """Write to everybody who may answer, once a step (and once more when it is late); the mail leaves after the commit."""
    companies = Company.objects.in_bulk({r.company_id for r in requests})
    approvers = approvers_of(requests, on=timezone.localdate()) if requests else {}
    messages: list[OutboxMessage] = []
    for request in requests:
        company = companies[request.company_id]
        for user in approvers[request.pk]:
            if not user.email:
                continue
            with override(user.language):
                subject = _("Approval: {document}").format(document=request.title)
                amount = _written(request.amount, company.currency_id, user.language)
                text = "\n".join(
                    [
                        _("{document} waits for your approval.").format(document=request.title),
                        f"{_('Amount')}: {amount}",
                        f"{_('Why')}: {request.why}",
                        *([request.words] if request.words else []),
                        "",
                        f"{public_address()}{ADDRESS}{f'/{request.pk}' if KINDS[request.kind].judges else ''}",
                    ]
                )
            messages.append(
                OutboxMessage(
                    key=f"approval:{request.pk}:{request.step}:{user.pk}{':late' if late else ''}",
                    channel="mail",
                    payload={
                        "from_name": company.name,
                        "from_address": company.email,
                        "to": [user.email],
                        "subject": subject,
                        "text": text,
                        "source_table": request.table_name,
                        "source_id": request.row_id,
                    },
                )
            )
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
