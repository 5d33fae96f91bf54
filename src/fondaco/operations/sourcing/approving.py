"""Requisitions as approvers judge them (PC-01): what is needed and for how much, whoever will sell it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals.kinds import TOGETHER_DAYS, Subject, kind
from fondaco.operations.sourcing.models import Requisition, RequisitionLine
from fondaco.platform.money import ZERO

#: What an approval does not bind to: it moves by itself, or is the buyer's part.
UNBOUND = {
    "state", "version", "number", "created_at", "created_by", "last_edited_by", "allowed_net", "allowed_by", "allowed_reason",
    "vendor_id", "moved", "order_line_id",
}  # fmt: skip


def subjects(keys: Sequence[int]) -> list[Subject]:
    """Requisitions with their lines, and what the same person asked for around the same time; three statements."""
    rows = list(Requisition.objects.filter(pk__in=list(keys)).select_related("requester", "dimension_value__dimension").order_by("pk"))
    if not rows:
        return []
    lines: dict[int, list[RequisitionLine]] = defaultdict(list)
    for line in RequisitionLine.objects.filter(requisition__in=rows).order_by("requisition_id", "position", "id"):
        lines[line.requisition_id].append(line)
    around = timedelta(days=TOGETHER_DAYS)
    near = list(
        Requisition.objects.filter(
            requester__in={r.requester_id for r in rows},
            created_at__gte=min(r.created_at for r in rows) - around,
            created_at__lte=max(r.created_at for r in rows) + around,
        ).exclude(state="cancelled")
    )
    return [
        Subject(
            pk=row.pk,
            company=row.company_id,
            title=f"{row.purpose} – {row.requester.name}" if row.requester else row.purpose,
            amount=row.net,
            together=row.net + sum((o.net for o in near if _counts_with(row, o)), ZERO),
            party=None,
            authors=frozenset(filter(None, [row.created_by, row.requester.username if row.requester else ""])),
            content={"requisition": _values(row), "lines": [_values(line) for line in lines[row.pk]]},
            dimensions=frozenset({(row.dimension_value.dimension.code, row.dimension_value.code)} if row.dimension_value else ()),
        )
        for row in rows
    ]


def _counts_with(row: Requisition, other: Requisition) -> bool:
    return (
        other.pk != row.pk
        and (other.company_id, other.requester_id) == (row.company_id, row.requester_id)
        and abs((other.created_at - row.created_at).days) <= TOGETHER_DAYS
    )


def _values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in UNBOUND}


REQUISITIONS = kind(
    "sourcing.requisition", title=_("Requisitions"), model=Requisition, permission="sourcing.approve_requisition", subjects=subjects
)
