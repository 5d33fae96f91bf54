"""What other rooms call: ask for approval, require it, and let an edit void it. Sets in, constant statements."""

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_currency
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.masterdata.approvals.kinds import Kind, Subject
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.queries import Needed, approvers_of, is_asked, latest, needed
from fondaco.masterdata.approvals.refusals import ApprovalMissing, AskedAlready, NothingToApprove
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import Wrong

#: Where somebody finds what waits for him.
ADDRESS = "/approvals"


def ask(kind: Kind, keys: Sequence[int], *, actor: Actor) -> list[int]:
    """Ask for approval of documents as they stand, and tell the approvers by mail; the keys of the requests.

    Raises NothingToApprove where no policy fits, AskedAlready where the same content was asked for.
    """
    subjects = kind.subjects(keys)
    fitting = needed(kind, subjects)
    before = latest(kind.model._meta.db_table, keys)
    outdated = []
    for subject in subjects:
        if subject.pk not in fitting:
            raise NothingToApprove(document=subject.title)
        request = before.get(subject.pk)
        if request is not None and request.state in (ApprovalRequest.WAITING, ApprovalRequest.APPROVED):
            if request.content_hash == subject.content_hash:
                raise AskedAlready(document=subject.title)
            outdated.append(request)
    _void(outdated)
    companies = Company.objects.in_bulk({s.company for s in subjects})
    requests = [_request(kind, s, fitting[s.pk], companies[s.company], actor) for s in subjects]
    insert_rows(ApprovalRequest, requests)
    tell(requests)
    return [r.pk for r in requests]


def _request(kind: Kind, subject: Subject, need: Needed, company: Company, actor: Actor) -> ApprovalRequest:
    return ApprovalRequest(
        company_id=subject.company,
        kind=kind.key,
        table_name=kind.model._meta.db_table,
        row_id=subject.pk,
        title=subject.title,
        party_id=subject.party,
        amount=subject.amount,
        why=why(need, subject, company),
        policy=need.policy,
        content_hash=subject.content_hash,
        authors=sorted({*subject.authors, actor.username}),
        steps=[{"role": s.role_id, "days": s.days, "escalates_to": s.escalates_to_id} for s in need.steps],
        role=need.steps[0].role,
        since=timezone.now(),
    )


def why(need: Needed, subject: Subject, company: Company) -> str:
    """The sentence that says why approval is asked, in the company's language."""
    with override(company.language):
        parts = [need.policy.name]
        if need.policy.amount_from is not None:
            parts.append(_("from {amount} on").format(amount=_written(need.policy.amount_from, company.currency_id, company.language)))
        if subject.together != subject.amount:
            parts.append(
                _("with others of these days it comes to {amount}").format(
                    amount=_written(abs(subject.together), company.currency_id, company.language)
                )
            )
        return "; ".join(parts)


def _written(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its currency's decimals, as the language of whoever reads it writes it."""
    return str(format_currency(amount, currency, "#,##0.00 ¤¤", language, currency_digits=True))


def require(kind: Kind, keys: Sequence[int]) -> None:
    """Refuse documents that need approval and have none for exactly what they are. Raises ApprovalMissing, naming every one."""
    if not is_asked(kind):
        return
    subjects = kind.subjects(keys)
    fitting = needed(kind, subjects)
    if not fitting:
        return
    found = latest(kind.model._meta.db_table, fitting)
    companies = Company.objects.in_bulk({s.company for s in subjects})
    missing = [s for s in subjects if s.pk in fitting and not _in_force(found.get(s.pk), s)]
    if missing:
        sentences = [{"id": str(s.pk), "document": s.title, "why": why(fitting[s.pk], s, companies[s.company])} for s in missing]
        raise ApprovalMissing(document=", ".join(s.title for s in missing[:20]), why=sentences[0]["why"], rows=sentences[:200])


def _in_force(request: ApprovalRequest | None, subject: Subject) -> bool:
    return request is not None and request.state == ApprovalRequest.APPROVED and request.content_hash == subject.content_hash


def void_changed(kind: Kind, keys: Sequence[int]) -> None:
    """Void what was asked for or given to documents that are not any more what they were; called when they are written."""
    standing = [
        r for r in latest(kind.model._meta.db_table, keys).values() if r.state in (ApprovalRequest.WAITING, ApprovalRequest.APPROVED)
    ]
    if standing:
        now = {s.pk: s.content_hash for s in kind.subjects([r.row_id for r in standing])}
        _void([r for r in standing if now.get(r.row_id) != r.content_hash])


def wrong(kind: Kind, pk: int) -> list[Wrong]:
    """How the approval of one document stands, in words for the head of its page; nothing where none is needed."""
    (subject,) = kind.subjects([pk])
    fitting = needed(kind, [subject])
    if not fitting:
        return []
    request = latest(kind.model._meta.db_table, [pk]).get(pk)
    address = {} if request is None else {"cure": _("See the approval"), "url": f"/approval-requests/{request.pk}"}
    if request is None or request.state == ApprovalRequest.VOID or request.content_hash != subject.content_hash:
        return [Wrong(_("Needs approval before it goes on: {why}.").format(why=fitting[pk].policy.name), **address)]
    if request.state == ApprovalRequest.REJECTED:
        return [Wrong(_("Its approval was refused. Correct it and ask again."), tone="bad", **address)]
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
                        "",
                        f"{public_address()}{ADDRESS}",
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
