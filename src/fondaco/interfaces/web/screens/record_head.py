"""The head of a record's page: its name, state, partner, amount, and the verbs in the order in which they are wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.finance.payables.matching import PROVIDERS
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.remittance.models import Collection, Presentation
from fondaco.finance.remittance.queries import FETCH_FILE
from fondaco.finance.remittance.resources import CollectionResource, PresentationResource
from fondaco.frontoffice.accountplans.resources import AccountPlanResource
from fondaco.frontoffice.configurator.models import ProductModel
from fondaco.frontoffice.correspondence.models import BY_PASSWORD
from fondaco.frontoffice.correspondence.resources import MailAccountResource
from fondaco.frontoffice.sales.resources import OrderResource, QuoteResource
from fondaco.interfaces.web.presenting import DECIMALS, shown, state_of
from fondaco.interfaces.web.screens.configurator import CONFIGURE
from fondaco.interfaces.web.screens.verbs import needs_program, verb_of
from fondaco.masterdata.catalog.resources import ProductResource
from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping.packing import PACK
from fondaco.platform.access.visibility import reaches
from fondaco.platform.documents.models import Document
from fondaco.platform.resources.amending import is_amendable, may_amend
from fondaco.platform.resources.declare import Resource
from fondaco.platform.resources.reading import label_paths

#: On what a configured product can be put while it is a draft.
CONFIGURES = (QuoteResource, OrderResource)
#: What has a file for the bank, and in which state.
HAS_FILE = {(CollectionResource, Collection.COLLECTED), (PresentationResource, Presentation.PRESENTED)}


def state_now(resource: type[Resource], pk: int) -> Any:
    """The state a record is in, read apart because a list may not show it; None where there are no states."""
    if not any(f.name == "state" for f in resource.model._meta.concrete_fields):
        return None
    return resource.model._default_manager.filter(pk=pk).values_list("state", flat=True).first()


def name_of(resource: type[Resource], row: Mapping[str, Any]) -> str:
    """What a record is called: its number, else its name, else its kind and key."""
    for path in ("number", *label_paths(resource.model), *(c.path for c in resource.shown()[:1])):
        value = row.get(path)
        if isinstance(value, tuple):
            value = value[1]
        if value not in (None, "") and path != "pk":
            return str(value)
    return f"{resource.title_one} {_('draft') if row.get('_state') == 'draft' else ''} {row['pk']}".replace("  ", " ")


def amount_path(columns: Sequence[Any]) -> str:
    """The column whose amount stands in the head, empty where there is none."""
    return next((c.path for c in columns if c.path in {"gross", "amount"} and c.kind == "amount"), "")


def head_of(request: HttpRequest, resource: type[Resource], row: Mapping[str, Any], columns: Sequence[Any]) -> dict[str, Any]:
    """The head as its component takes it."""
    actor = request.actor  # type: ignore[attr-defined]
    pk = row["pk"]
    head: dict[str, Any] = {
        "kind": str(resource.title_one),
        "number": name_of(resource, row),
        "list_url": resource.url(),
        "list_title": resource.title,
        "version": row.get("version"),
    }
    if row["_state"] is not None:
        head["state"] = state_of(resource.model, "state", row["_state"])
    by_path = {c.path: c for c in columns}
    for path in ("customer", "party", "vendor"):
        if path in by_path and row.get(path):
            linked = shown(resource.model, by_path[path], row, actor)
            head["party"] = {"name": linked["text"], "url": f"/customers/{row[path][0]}"} if isinstance(linked, dict) else None
            break
    amount = amount_path(columns)
    if amount:
        currency = row.get(by_path[amount].currency) if by_path[amount].currency else ""
        head |= {"amount": row[amount], "currency": currency, "decimals": DECIMALS.get(currency or "", 2)}
    head["warnings"] = [
        {"text": w.text, "tone": w.tone, **({"cure": {"label": w.cure, "url": w.url, "asks": w.asks}} if w.url else {})}
        for w in resource.wrong(pk, actor)
    ]
    verbs: list[dict[str, Any]] = []
    more: list[dict[str, Any]] = []
    actions = [a for a in resource.actions() if not a.hidden and not needs_program(a) and actor.may(a.permission)]
    for action in sorted((a for a in actions if a.serves(pk)), key=_rank):
        made = verb_of(resource, action, actor, row=row)
        if made.get("closed") or action.dangerous or _rank(action) == LATE:
            more.append(made)
        elif not verbs:
            verbs.append(made | {"primary": True, "key": "p"})
        else:
            (more if len(verbs) > 3 else verbs).append(made)
    editable = not issubclass(resource.model, Document) or row["_state"] in resource.model.editable_states
    if resource.write_permission and editable and reaches(actor, resource.write_permission, resource.model, pk):
        verbs.append({"label": _("Edit"), "url": f"{resource.url(pk)}/edit", "method": "get", "key": "e", "icon": "edit"})
        more.append(
            {
                "label": _("Delete"),
                "url": f"{resource.url(pk)}/delete",
                "confirm": _("Delete {what}?").format(what=head["number"]),
                "danger": True,
            }
        )
    elif is_amendable(resource, row["_state"]) and may_amend(resource, actor, pk):
        verbs.append({"label": _("Amend"), "url": f"{resource.url(pk)}/edit", "method": "get", "key": "e", "icon": "edit"})
    if resource is AccountPlanResource:
        verbs.insert(0, {"label": _("On one page"), "url": f"/sell/plans/{pk}", "method": "get", "icon": "note", "key": "o"})
    if (
        resource is MailAccountResource
        and row.get("sign_in") != BY_PASSWORD
        and reaches(actor, resource.write_permission, resource.model, pk)
    ):
        verbs.insert(0, {"label": _("Sign in at the provider"), "url": f"{resource.url(pk)}/consent", "method": "get", "icon": "lock"})
    if resource is GoodsIssueResource and actor.may(PACK):
        verbs.append({"label": _("Packing bench"), "url": f"{resource.url(pk)}/pack", "method": "get"})
    if resource.key == "tickets":
        verbs.append({"label": _("Agent's desk"), "url": f"/desk/{pk}", "method": "get"})
    if resource is BillResource and row["_state"] == "draft" and PROVIDERS:
        more.insert(0, {"label": _("Match by hand"), "url": f"{resource.url(pk)}/match", "method": "get"})
    if resource.key == "quote-requests" and row.get("_state") in {"sent", "awarded"}:
        verbs.insert(0, {"label": _("Compare offers"), "url": f"{resource.url(pk)}/compare", "method": "get", "primary": True})
    if (
        resource in CONFIGURES
        and row["_state"] == "draft"
        and actor.may(CONFIGURE)
        and ProductModel.objects.filter(state="released").exists()
    ):
        verbs.append({"label": _("Configure a product"), "url": f"/configure?for={resource.key}:{pk}", "method": "get"})
    if resource is ProductResource and actor.may(CONFIGURE) and ProductModel.objects.filter(product=pk, state="released").exists():
        verbs.insert(0, {"label": _("Configure"), "url": f"/configure/{pk}", "method": "get", "primary": True, "key": "c"})
    if hasattr(resource, "printed"):
        verbs.append({"label": "PDF", "url": f"{resource.url(pk)}/pdf", "method": "get", "icon": "download"})
    if (resource, row["_state"]) in HAS_FILE and actor.may(FETCH_FILE):
        verbs.insert(0, {"label": _("File for the bank"), "url": f"{resource.url(pk)}/file", "method": "get", "primary": True, "icon": "download", "key": "f"})  # fmt: skip
    give_keys(verbs)
    head |= {"verbs": verbs, "more": more}
    return head


#: Letters that mean something on every page of a record: the menu of the rarer verbs.
KEPT = {"m"}


def give_keys(verbs: Sequence[dict[str, Any]]) -> None:
    """Each verb that stands in the row is pressed by a letter: its own, else the first of its label that is free."""
    taken = KEPT | {v["key"] for v in verbs if v.get("key")}
    for made in verbs:
        if made.get("key") or made.get("closed"):
            continue
        letter = next((c for c in str(made["label"]).lower() if "a" <= c <= "z" and c not in taken), None)
        if letter:
            made["key"] = letter
            taken.add(letter)


#: The verbs that carry a document on, in the order of a deal; what is not named stands beside them, what undoes stands last.
ONWARDS = (
    "post",
    "post_receipt",
    "post_issue",
    "post_return",
    "authorise",
    "inspect_return",
    "refund_return",
    "replace_return",
    "settle_return",
    "receive_return",
    "post_transfer",
    "post_adjustment",
    "start_count",
    "finish_count",
    "post_count",
    "post_revaluation",
    "confirm",
    "file",
    "settle",
    "send",
    "send_statements",
    "propose",
    "propose_receipts",
    "prepare",
    "qualify",
    "convert",
    "deliver",
    "invoice",
    "accept",
    "win",
    "solve",
)


UNDOING = {
    "cancel",
    "cancel_return",
    "expire_return",
    "extend_return",
    "close",
    "reopen",
    "decline",
    "expire",
    "reverse",
    "unapply",
    "unsettle",
    "lose",
    "disqualify",
    "unmerge",
    "wait",
}


LATE = 99


def _rank(action: Any) -> int:
    if action.verb in ONWARDS:
        return ONWARDS.index(action.verb)
    return LATE if action.verb in UNDOING else 50
