"""What waits for somebody's approval: each document with what is asked, by whom and why; answered by one key, on a phone too."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.verbs import today_of, verb_of
from fondaco.masterdata.approvals.kinds import KINDS
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.queries import waiting_for
from fondaco.masterdata.approvals.resources import ApprovalRequestResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.declare import resource_of

ADDRESS = "/approvals"
#: Shown on one page; what waits longer comes first.
SHOWN = 30
FIRST = 5


@door(SIGNED_IN, "GET")
def approvals(request: HttpRequest) -> HttpResponse:
    """Everything that waits for the reader's answer, the longest waiting first."""
    actor = request.actor  # type: ignore[attr-defined]
    waiting = waiting_for(actor, on=today_of(request))
    names = dict(User.objects.filter(username__in={r.created_by for r in waiting}).values_list("username", "name"))
    files: dict[tuple[str, int], list[Attachment]] = defaultdict(list)
    shown = waiting[:SHOWN]
    for file in Attachment.objects.filter(row_id__in=[r.row_id for r in shown], table_name__in={r.table_name for r in shown}).order_by(
        "id"
    ):
        files[file.table_name, file.row_id].append(file)
    cards = [card_of(actor, r, names, files[r.table_name, r.row_id], is_first=place == 0) for place, r in enumerate(shown)]
    return page(request, "web/approvals.html", {"title": _("Approvals"), "cards": cards, "more": max(0, len(waiting) - SHOWN)})


def card_of(actor: Actor, asked: ApprovalRequest, names: dict[str, str], files: Sequence[Attachment], *, is_first: bool) -> dict[str, Any]:
    kind = KINDS[asked.kind]
    target = resource_of(kind.model)
    sees = target is not None and actor.may(target.view_permission, asked.company_id)
    currency = asked.company.currency_id
    answers = answers_to(asked, actor, is_first=is_first)
    return {
        "id": asked.pk,
        "kind": kind.title,
        "title": asked.title,
        "url": f"{ADDRESS}/{asked.pk}" if kind.judges else target.url(asked.row_id) if sees and target else None,
        "document_url": target.url(asked.row_id) if sees and target else None,
        "amount": asked.amount,
        "currency": currency,
        "decimals": DECIMALS.get(currency, 2),
        "facts": [
            (_("Why"), asked.why),
            *([(_("Remark"), asked.words)] if asked.words else []),
            (_("Asked by"), names.get(asked.created_by, asked.created_by)),
            (_("Step"), f"{asked.step}/{len(asked.steps)}"),
        ],
        "since": asked.since,
        "files": [{"name": f.name, "url": f"{target.url(asked.row_id)}/files/{f.pk}"} for f in files] if sees and target else [],
        "version": asked.version,
        "verbs": answers,
    }


def answers_to(asked: ApprovalRequest, actor: Actor, *, is_first: bool) -> list[dict[str, Any]]:
    """The answers to a request as buttons: yes, less, no; with a key each where it is the first of its page."""
    kind = KINDS[asked.kind]
    row = {"pk": asked.pk, "state": asked.state}
    by_verb = {action.verb: verb_of(ApprovalRequestResource, action, actor, row=row) for action in ApprovalRequestResource.actions()}
    # The comment is asked for where somebody has one; a plain yes needs no sheet.
    yes = {k: v for k, v in by_verb["approve"].items() if not k.startswith("sheet")} | {"primary": True}
    less = [by_verb["counter"] | {"key": "l"}] if kind.countered else []
    keys = ["a", *(["l"] if less else []), "r"]
    answers = [yes, *less, by_verb["reject"] | {"danger": True}]
    return [
        {k: v for k, v in answer.items() if k != "key"} | ({"key": key} if is_first else {})
        for answer, key in zip(answers, keys, strict=True)
    ]


def panel_of(actor: Actor, waiting: Sequence[ApprovalRequest]) -> list[dict[str, Any]]:
    """The panel of Today: how much waits for the reader's approval, and the first of it."""
    if not waiting:
        return []
    columns = [
        {"key": "title", "title": _("Document"), "kind": "key", "lead": True},
        {"key": "why", "title": _("Why"), "kind": "text"},
        {"key": "amount", "title": _("Amount"), "kind": "amount"},
        {"key": "since", "title": _("Waiting since"), "kind": "moment"},
    ]
    rows = [
        {
            "id": r.pk,
            "url": f"{ADDRESS}/{r.pk}" if KINDS[r.kind].judges else ADDRESS,
            "name": r.title,
            "cells": [r.title, r.why, r.amount, r.since],
        }
        for r in waiting[:FIRST]
    ]
    title = _("Waiting for my approval")
    table = {"caption": title, "columns": columns, "rows": rows, "plain": True}
    return [{"title": title, "url": ADDRESS, "count": len(waiting), "exact": True, "icon": "check", "table": table}]
