"""Claims as approvers judge them (AP-05, AP-09)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals.kinds import TOGETHER_DAYS, Subject, kind
from fondaco.people.expenses.models import ExpenseClaim, ExpenseLine
from fondaco.platform.money import ZERO

UNBOUND = {"state", "version", "number", "bill_id", "created_at", "created_by", "last_edited_by"}


def subjects(keys: Sequence[int]) -> list[Subject]:
    """Claims with their lines, and what the same person claimed around the same time; three statements."""
    claims = list(ExpenseClaim.objects.filter(pk__in=list(keys)).select_related("employee", "claimant").order_by("pk"))
    lines: dict[int, list[ExpenseLine]] = defaultdict(list)
    for line in ExpenseLine.objects.filter(claim__in=claims).order_by("claim_id", "position", "id"):
        lines[line.claim_id].append(line)
    around = timedelta(days=TOGETHER_DAYS)
    near = list(
        ExpenseClaim.objects.filter(
            employee__in={c.employee_id for c in claims},
            created_at__gte=min(c.created_at for c in claims) - around,
            created_at__lte=max(c.created_at for c in claims) + around,
        )
        if claims
        else ()
    )
    return [
        Subject(
            pk=claim.pk,
            company=claim.company_id,
            title=f"{claim.purpose} – {claim.employee.name}",
            amount=claim.gross,
            together=claim.gross
            + sum(
                (
                    other.gross
                    for other in near
                    if other.pk != claim.pk
                    and (other.company_id, other.employee_id) == (claim.company_id, claim.employee_id)
                    and abs((other.created_at - claim.created_at).days) <= TOGETHER_DAYS
                ),
                ZERO,
            ),
            party=claim.employee_id,
            authors=frozenset(filter(None, [claim.created_by, claim.last_edited_by, claim.claimant.username if claim.claimant else ""])),
            content={"claim": _values(claim), "lines": [_values(line) for line in lines[claim.pk]]},
        )
        for claim in claims
    ]


def _values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in UNBOUND}


CLAIMS = kind("expenses.claim", title=_("Expense claims"), model=ExpenseClaim, permission="expenses.approve_claim", subjects=subjects)
