"""How payment runs, their lines, transfers and holds are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Count, DecimalField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.finance.remittance import actions, collecting, refusals, riba, riba_answers  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.remittance.models import (
    BankReceipt,
    Collection,
    CollectionLine,
    Debit,
    ItemHold,
    Mandate,
    PaymentRun,
    PaymentRunLine,
    Presentation,
    ReceiptAnswer,
    ReceiptReturn,
    Transfer,
)
from fondaco.finance.remittance.printing import advice_pdf
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

MONEY = DecimalField(max_digits=20, decimal_places=4)


def _total() -> Coalesce:
    paid = PaymentRunLine.objects.filter(run=OuterRef("pk"), state__in=["proposed", "released"]).order_by().values("run")
    return Coalesce(Subquery(paid.annotate(total=Sum("amount")).values("total"), output_field=MONEY), Value(0), output_field=MONEY)


def _count(state: tuple[str, ...]) -> Coalesce:
    rows = PaymentRunLine.objects.filter(run=OuterRef("pk"), state__in=state).order_by().values("run")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), Value(0))


@register
class PaymentRunResource(Resource):
    model, key, natural_key = PaymentRun, "payment-runs", "number"
    title, title_one, job, icon = _("Payment runs"), _("Payment run"), "books", "check"
    group, place = "vendors", 26
    view_permission, write_permission = "remittance.view_run", "remittance.write_run"
    columns = [
        "number", "on", "bank_account", "state", Column("total", _("total"), "amount", "bank_account__currency__code"),
        Column("items", _("items"), "number"), Column("left_out", _("left out"), "number"), "due_until", "released_by",
    ]  # fmt: skip
    fields = [
        "number", "state", "on", "due_until", "bank_account", Column("total", _("total"), "amount", "bank_account__currency__code"),
        Column("items", _("items"), "number"), Column("left_out", _("left out"), "number"), "take_discounts",
        Column("most", currency="bank_account__currency__code"), "vendor", "memo", "prepared_by", "released_by", "released_at", "fingerprint", "company",
    ]  # fmt: skip
    writable = ["company", "bank_account", "on", "due_until", "take_discounts", "most", "vendor", "memo"]
    filters, search = ["company", "state", "bank_account", "on", "vendor"], ["number", "memo"]
    annotations = {
        "total": _total,
        "items": lambda: _count(("proposed", "released")),
        "left_out": lambda: _count(("left_out",)),
    }


@register
class PaymentRunLineResource(Resource):
    """What a run pays and what it leaves out."""

    model, key = PaymentRunLine, "payment-run-lines"
    title, title_one, icon = _("Lines of payment runs"), _("Line of a payment run"), "books"
    view_permission = "remittance.view_run"
    columns = [
        "run", "party", "item", Column("item__due_on", _("due on")), Column("amount", currency="item__currency__code"),
        Column("discount", currency="item__currency__code"), "state", "reason", "note", "payee",
    ]  # fmt: skip
    filters, sort = ["run", "party", "state", "reason", "item"], "id"


@register
class TransferResource(Resource):
    """What the bank was told, and what it answered."""

    model, key, natural_key = Transfer, "bank-transfers", "end_to_end"
    title, title_one, job, icon = _("Bank transfers"), _("Bank transfer"), "books", "check"
    group, place = "vendors", 80
    view_permission = "remittance.view_transfer"
    columns = ["end_to_end", "party", Column("amount", currency="currency__code"), "state", "iban", "run", "answered_on"]
    fields = ["end_to_end", "state", "party", "name", "iban", "bic", Column("amount", currency="currency__code"), "text", "disbursement", "run", "answered_on", "answer"]  # fmt: skip
    filters, search = ["run", "party", "state", "iban", "currency"], ["end_to_end", "name", "iban"]
    printed = staticmethod(advice_pdf)


@register
class ItemHoldResource(Resource):
    """What is not to be paid for the time being."""

    model, key = ItemHold, "item-holds"
    title, title_one, job, icon = _("Items on hold"), _("Hold"), "books", "lock"
    group, place = "vendors", 61
    view_permission, write_permission = "remittance.view_hold", "remittance.hold_item"
    columns = ["item", Column("item__party", _("vendor")), Column("item__open_amount", _("open"), currency="item__currency__code"), "reason", Column("created_by", _("put by")), "lifted_at", "lifted_by"]  # fmt: skip
    fields = ["item", "reason", "lifted_at", "lifted_by"]
    writable, filters = ["item", "reason"], ["item", "item__party"]
    conditions = {"in_force": (_("in force"), lambda: Q(lifted_at__isnull=True))}


@register
class MandateResource(Resource):
    """By what customers may be debited."""

    model, key, natural_key = Mandate, "mandates", "reference"
    title, title_one, job, icon = _("Direct debit mandates"), _("Mandate"), "books", "lock"
    group, place = "customers", 36
    view_permission, write_permission = "remittance.view_mandate", "remittance.write_mandate"
    columns = ["reference", "party", "scheme", "state", "signed_on", "last_used_on", "is_recurrent", "account"]
    fields = [
        "reference",
        "state",
        "party",
        "scheme",
        "account",
        "signed_on",
        "is_recurrent",
        "is_final",
        "last_used_on",
        "revoked_on",
        "company",
    ]
    writable = ["company", "party", "reference", "scheme", "account", "signed_on", "is_recurrent", "is_final"]
    filters, search = ["company", "party", "state", "scheme"], ["reference", "party"]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Give references to mandates that were signed without one."""
        for company in sorted({d.row.company_id for d in drafts if not d.row.reference}):
            fresh = [d.row for d in drafts if not d.row.reference and d.row.company_id == company]
            for row, number in zip(fresh, take_numbers(company, "mandate", 0, len(fresh), prefix="MND"), strict=True):
                row.reference = number


def _collected() -> Coalesce:
    rows = CollectionLine.objects.filter(collection=OuterRef("pk"), state__in=["proposed", "collected"]).order_by().values("collection")
    return Coalesce(Subquery(rows.annotate(total=Sum("amount")).values("total"), output_field=MONEY), Value(0), output_field=MONEY)


@register
class CollectionResource(Resource):
    """Runs of direct debits."""

    model, key, natural_key = Collection, "direct-debit-runs", "number"
    title, title_one, job, icon = _("Direct debit runs"), _("Direct debit run"), "books", "check"
    group, place = "customers", 27
    view_permission, write_permission = "remittance.view_collection", "remittance.write_collection"
    columns = [
        "number",
        "on",
        "scheme",
        "bank_account",
        "state",
        Column("total", _("total"), "amount", "bank_account__currency__code"),
        "due_until",
    ]
    fields = ["number", "state", "on", "due_until", "scheme", "bank_account", Column("total", _("total"), "amount", "bank_account__currency__code"), "memo", "fingerprint", "company"]  # fmt: skip
    writable = ["company", "bank_account", "scheme", "on", "due_until", "memo"]
    filters, search = ["company", "state", "bank_account", "on", "scheme"], ["number", "memo"]
    annotations = {"total": _collected}


@register
class CollectionLineResource(Resource):
    """What a direct debit run collects and what it leaves out."""

    model, key = CollectionLine, "direct-debit-lines"
    title, title_one, icon = _("Lines of direct debit runs"), _("Line of a direct debit run"), "books"
    view_permission = "remittance.view_collection"
    columns = ["collection", "party", "item", Column("item__due_on", _("due on")), Column("amount", currency="item__currency__code"), "state", "reason", "mandate"]  # fmt: skip
    filters, sort = ["collection", "party", "state", "reason", "item"], "id"


@register
class DebitResource(Resource):
    """What was debited, and what came back."""

    model, key, natural_key = Debit, "direct-debits", "end_to_end"
    title, title_one, job, icon = _("Direct debits"), _("Direct debit"), "books", "check"
    group, place = "customers", 81
    view_permission = "remittance.view_debit"
    columns = [
        "end_to_end",
        "party",
        Column("amount", currency="payment__currency__code"),
        "state",
        "sequence",
        "mandate",
        "collection",
        "returned_on",
    ]
    fields = ["end_to_end", "state", "party", "name", "iban", "bic", Column("amount", currency="payment__currency__code"), "sequence", "mandate", "text", "payment", "collection", "returned_on", "return_reason", Column("fee", currency="payment__currency__code")]  # fmt: skip
    filters, search = ["collection", "party", "state", "sequence", "mandate"], ["end_to_end", "name", "iban"]


def _presented() -> Coalesce:
    rows = (
        BankReceipt.objects.filter(presentation=OuterRef("pk"))
        .exclude(state__in=["left_out", "cancelled"])
        .order_by()
        .values("presentation")
    )
    return Coalesce(Subquery(rows.annotate(total=Sum("amount")).values("total"), output_field=MONEY), Value(0), output_field=MONEY)


@register
class PresentationResource(Resource):
    """Bank receipts that are presented together."""

    model, key, natural_key = Presentation, "riba-presentations", "number"
    title, title_one, job, icon = _("RiBa presentations"), _("RiBa presentation"), "books", "check"
    group, place = "customers", 28
    view_permission, write_permission = "remittance.view_presentation", "remittance.write_presentation"
    columns = [
        "number", "on", "credit", "bank_account", "state", Column("total", _("total"), "amount", "bank_account__currency__code"), "due_until",
    ]  # fmt: skip
    fields = ["number", "state", "on", "due_until", "credit", "bank_account", Column("total", _("total"), "amount", "bank_account__currency__code"), "memo", "fingerprint", "company"]  # fmt: skip
    writable = ["company", "bank_account", "credit", "on", "due_until", "memo"]
    filters, search = ["company", "state", "bank_account", "on", "credit"], ["number", "memo"]
    annotations = {"total": _presented}
    lines = [
        Lines(
            BankReceipt,
            "presentation",
            ["number", "party", "text", "due_on", Column("amount", currency="item__currency__code"), "state", "reason", "answered_on"],
            title=_("Bank receipts (RiBa)"),
            opens=True,
        )
    ]


@register
class BankReceiptResource(Resource):
    """What is presented, what is left out, and what the bank said."""

    model, key = BankReceipt, "riba-receipts"
    title, title_one, job, icon = _("Bank receipts (RiBa)"), _("Bank receipt (RiBa)"), "books", "check"
    group, place = "customers", 82
    view_permission = "remittance.view_presentation"
    columns = [
        "number", "party", Column("amount", currency="item__currency__code"), "due_on", "state", "reason", "presentation", "answered_on",
    ]  # fmt: skip
    fields = [
        "number", "state", "reason", "party", "account", "abi", "cab", Column("amount", currency="item__currency__code"), "due_on", "text", "item", "payment",
        "presentation", "answered_on", "answer", Column("fee", currency="item__currency__code"),
    ]  # fmt: skip
    filters, search, sort = ["presentation", "party", "state", "reason", "due_on", "item"], ["text"], "-id"
    conditions = {"awaited": (_("waits for the bank's answer"), lambda: Q(state="presented"))}


@register
class ReceiptReturnResource(Resource):
    """What a bank answered to bank receipts, as its file says."""

    model, key, natural_key = ReceiptReturn, "riba-returns", "number"
    title, title_one, job, icon = _("RiBa returns"), _("RiBa return"), "books", "check"
    group, place = "customers", 29
    view_permission, write_permission = "remittance.view_presentation", "remittance.record_answer"
    columns = ["number", "on", "bank_account", "state", "collected", "unpaid", "known"]
    fields = [
        "number", "state", "on", "bank_account", Column("fee", currency="bank_account__currency__code"), "collected", "unpaid", "known", "content", "company",
    ]  # fmt: skip
    writable = ["company", "bank_account", "on", "fee", "content"]
    filters, search, sort = ["company", "state", "bank_account", "on"], ["number"], "-id"


@register
class ReceiptAnswerResource(Resource):
    """What the codes in return files mean."""

    model, key, natural_key = ReceiptAnswer, "riba-answers", "code"
    title, title_one, job, icon = _("Answers to bank receipts"), _("Answer to bank receipts"), "set_up", "note"
    view_permission, write_permission = "remittance.view_presentation", "remittance.record_answer"
    columns = writable = ["company", "code", "meaning", "text"]
    filters, search, sort = ["company", "meaning"], ["code", "text"], "code"
