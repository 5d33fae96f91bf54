"""Runs of payments to vendors: what is proposed, what two people released, the file for the bank and its answers (AP-06, BK-08)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class PaymentRun(Document):
    """Payments to vendors of one day from one bank account. The database keeps who prepared it, and lets none of them release it;
    once released nothing of it changes."""

    DRAFT, SUBMITTED, RELEASED, CANCELLED = "draft", "submitted", "released", "cancelled"
    STATES = ((DRAFT, _("draft")), (SUBMITTED, _("to release")), (RELEASED, _("released")), (CANCELLED, _("cancelled")))
    series = "RUN"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    on = models.DateField(_("payment date"))
    due_until = models.DateField(_("due until"))
    take_discounts = models.BooleanField(_("take cash discounts"), default=True)
    most = models.DecimalField(_("at most"), null=True, blank=True, **AMOUNT)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only this vendor"))
    memo = models.TextField(_("memo"), blank=True)
    #: Kept by trigger: everybody who wrote or changed the run or its lines.
    prepared_by = models.JSONField(_("prepared by"), default=list, editable=False)
    released_by = models.TextField(_("released by"), blank=True, default="", editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)
    fingerprint = models.TextField(_("fingerprint of the file (SHA-256)"), blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("payment run"), _("payment runs")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="payment_run_number_once"),
            models.CheckConstraint(name="payment_run_most_positive", condition=Q(most__isnull=True) | Q(most__gt=0)),
            models.CheckConstraint(
                name="released_run_is_signed",
                condition=~Q(state="released")
                | (Q(number__isnull=False, released_at__isnull=False) & ~Q(released_by="") & Q(fingerprint__regex="^[0-9a-f]{64}$")),
            ),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="payment_run_by_date")]


class PaymentRunLine(Row):
    """An open item in a run: paid wholly or in part, or left out with the reason. An item stands in one open run only.

    ``amount`` is negative where the vendor owes us (his credit note): it is taken off what he is paid.
    """

    PROPOSED, LEFT_OUT, RELEASED, CANCELLED = "proposed", "left_out", "released", "cancelled"
    STATES = ((PROPOSED, _("to pay")), (LEFT_OUT, _("left out")), (RELEASED, _("released")), (CANCELLED, _("cancelled")))
    NO_ACCOUNT, ACCOUNT_HELD, ITEM_HELD, OVER, TAKEN_OUT, OTHER_RUN, NO_IBAN, NOT_COVERED = (
        "no_account", "account_held", "item_held", "over_limit", "taken_out", "other_run", "no_iban", "not_covered",
    )  # fmt: skip
    REASONS = (
        (NO_ACCOUNT, _("the vendor has no bank account")),
        (NO_IBAN, _("the account has no IBAN")),
        (ACCOUNT_HELD, _("the bank account is on hold")),
        (ITEM_HELD, _("on hold or in dispute")),
        (OVER, _("over the limit of the run")),
        (TAKEN_OUT, _("taken out by hand")),
        (OTHER_RUN, _("in another run")),
        (NOT_COVERED, _("more credit than is paid")),
    )
    company_path = "run__company"
    label_paths = ("item__entry__number",)

    run = models.ForeignKey(PaymentRun, models.CASCADE, related_name="lines", verbose_name=_("payment run"))
    position = models.BigIntegerField(default=0)
    state = models.TextField(_("state"), choices=STATES, default=PROPOSED)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    payee = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", null=True, verbose_name=_("paid to"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    discount = models.DecimalField(_("cash discount"), default=0, **AMOUNT)
    reason = models.TextField(_("why left out"), choices=REASONS, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("line of a payment run"), _("lines of payment runs")
        constraints = [
            models.CheckConstraint(name="run_line_positive", condition=Q(amount__gt=0, discount__gte=0) | Q(amount__lt=0, discount=0)),
            models.CheckConstraint(name="run_line_has_payee", condition=Q(state="left_out") | Q(payee__isnull=False)),
            models.CheckConstraint(name="run_line_left_out_has_reason", condition=Q(state="left_out") & ~Q(reason="") | ~Q(state="left_out") & Q(reason="")),
            models.UniqueConstraint(fields=["run", "item"], name="run_line_item_once"),
            models.UniqueConstraint(fields=["item"], name="run_line_in_one_open_run", condition=Q(state="proposed")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"


class Transfer(Row):
    """One payment of a released run, as the bank is told: written at release, never changed but for the bank's answer."""

    STATES = (("released", _("released")), ("executed", _("executed")), ("rejected", _("rejected")))
    company_path = "run__company"
    label_paths = ("end_to_end",)

    run = models.ForeignKey(PaymentRun, models.PROTECT, related_name="transfers", verbose_name=_("payment run"))
    state = models.TextField(_("state"), choices=STATES, default="released", editable=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    payee = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", verbose_name=_("paid to"))
    name = models.TextField(_("account holder"))
    iban = models.TextField("IBAN")
    bic = models.TextField("BIC", blank=True, default="")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    disbursement = models.OneToOneField("payments.Disbursement", models.PROTECT, related_name="+", verbose_name=_("payment to a vendor"))
    end_to_end = models.TextField(_("reference for the bank"), unique=True)
    text = models.TextField(_("text"), blank=True, default="")
    answered_on = models.DateField(_("answered on"), null=True)
    answer = models.TextField(_("answer of the bank"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("transfer"), _("transfers")
        constraints = [
            models.CheckConstraint(name="transfer_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="transfer_state", condition=Q(state__in=["released", "executed", "rejected"])),
        ]

    def __str__(self) -> str:
        return self.end_to_end


class PaymentFile(Row):
    """The file of a released run, whole, with its SHA-256, which the database itself compares with the content."""

    append_only = True
    company_path = "run__company"

    run = models.OneToOneField(PaymentRun, models.PROTECT, related_name="file")
    format = models.TextField(_("format"))
    content = models.TextField(_("content"))
    digest = models.TextField(_("fingerprint (SHA-256)"))

    def __str__(self) -> str:
        return self.digest


class ItemHold(Row):
    """An open item that is not to be paid for the time being, and why."""

    company_path = "item__company"

    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    reason = models.TextField(_("reason"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True)
    lifted_by = models.TextField(_("lifted by"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("hold"), _("holds")
        constraints = [
            models.CheckConstraint(name="hold_has_reason", condition=~Q(reason="")),
            models.UniqueConstraint(fields=["item"], name="hold_once", condition=Q(lifted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reason


class Mandate(Row):
    """A customer's permission to debit his account (SEPA). Unused for 36 months it ends; once used it only ends, never changes."""

    #: A mandate ends when it was not used for so many months (EPC016-06, 4.1).
    MONTHS = 36
    SCHEMES = (("CORE", "SEPA Core"), ("B2B", "SEPA B2B"))
    ACTIVE, REVOKED = "active", "revoked"
    STATES = ((ACTIVE, _("in force")), (REVOKED, _("revoked")))
    label_paths = ("reference",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    reference = models.TextField(_("mandate reference"), blank=True)
    scheme = models.TextField(_("scheme"), choices=SCHEMES, default="CORE")
    account = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", verbose_name=_("account debited"))
    signed_on = models.DateField(_("signed on"))
    is_recurrent = models.BooleanField(_("for repeated debits"), default=True)
    is_final = models.BooleanField(_("the next debit is the last"), default=False)
    state = models.TextField(_("state"), choices=STATES, default=ACTIVE, editable=False)
    last_used_on = models.DateField(_("last used on"), null=True, editable=False)
    revoked_on = models.DateField(_("revoked on"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("mandate"), _("mandates")
        constraints = [
            models.UniqueConstraint(fields=["company", "reference"], name="mandate_reference_once"),
            models.CheckConstraint(name="mandate_reference", condition=Q(reference__regex="^[A-Za-z0-9+?/:().,'-]{1,35}$")),
            models.CheckConstraint(name="mandate_state", condition=Q(state__in=["active", "revoked"])),
            models.CheckConstraint(name="mandate_scheme", condition=Q(scheme__in=["CORE", "B2B"])),
            models.CheckConstraint(name="mandate_revoked_on", condition=Q(state="active", revoked_on__isnull=True) | Q(state="revoked", revoked_on__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference


class Collection(Document):
    """Direct debits of one day in favour of one bank account. What is collected never changes; its file is kept with its fingerprint."""

    DRAFT, COLLECTED, CANCELLED = "draft", "collected", "cancelled"
    STATES = ((DRAFT, _("draft")), (COLLECTED, _("collected")), (CANCELLED, _("cancelled")))
    series = "SDD"
    secret_columns = ("content",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    scheme = models.TextField(_("scheme"), choices=Mandate.SCHEMES, default="CORE")
    on = models.DateField(_("collection date"))
    due_until = models.DateField(_("due until"))
    memo = models.TextField(_("memo"), blank=True)
    content = models.TextField(_("content"), blank=True, default="", editable=False)
    fingerprint = models.TextField(_("fingerprint of the file (SHA-256)"), blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("direct debit run"), _("direct debit runs")
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="collection_number_once")]


class CollectionLine(Row):
    """An invoice that is collected, or left out with the reason. An item stands in one open collection only."""

    PROPOSED, LEFT_OUT, COLLECTED, CANCELLED = "proposed", "left_out", "collected", "cancelled"
    STATES = ((PROPOSED, _("to collect")), (LEFT_OUT, _("left out")), (COLLECTED, _("collected")), (CANCELLED, _("cancelled")))
    ENDED, REVOKED, USED, NO_IBAN, ITEM_HELD, TAKEN_OUT, ELSEWHERE = (
        "ended",
        "revoked",
        "used",
        "no_iban",
        "item_held",
        "taken_out",
        "elsewhere",
    )
    REASONS = (
        (ENDED, _("the mandate was not used for 36 months")),
        (REVOKED, _("the mandate is revoked")),
        (USED, _("the mandate was for one debit")),
        (NO_IBAN, _("the account has no IBAN")),
        (ITEM_HELD, _("on hold or in dispute")),
        (TAKEN_OUT, _("taken out by hand")),
        (ELSEWHERE, _("in another run")),
    )
    company_path = "collection__company"
    label_paths = ("item__entry__number",)

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="lines", verbose_name=_("direct debit run"))
    position = models.BigIntegerField(default=0)
    state = models.TextField(_("state"), choices=STATES, default=PROPOSED)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+", verbose_name=_("mandate"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    reason = models.TextField(_("why left out"), choices=REASONS, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("line of a direct debit run"), _("lines of direct debit runs")
        constraints = [
            models.CheckConstraint(name="collection_line_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="collection_line_reason", condition=Q(state="left_out") & ~Q(reason="") | ~Q(state="left_out") & Q(reason="")),
            models.UniqueConstraint(fields=["collection", "item"], name="collection_line_item_once"),
            models.UniqueConstraint(fields=["item"], name="collection_line_in_one_open_run", condition=Q(state="proposed")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.collection_id}/{self.position}"


class Debit(Row):
    """One direct debit as the bank is told: written when collected, never changed but for its return."""

    SEQUENCES = (("FRST", _("first")), ("RCUR", _("repeated")), ("FNAL", _("last")), ("OOFF", _("one-off")))
    STATES = (("collected", _("collected")), ("returned", _("returned")))
    company_path = "collection__company"
    label_paths = ("end_to_end",)

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="debits", verbose_name=_("direct debit run"))
    state = models.TextField(_("state"), choices=STATES, default="collected", editable=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+", verbose_name=_("mandate"))
    sequence = models.TextField(_("sequence"), choices=SEQUENCES)
    name = models.TextField(_("account holder"))
    iban = models.TextField("IBAN")
    bic = models.TextField("BIC", blank=True, default="")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    payment = models.OneToOneField("payments.Payment", models.PROTECT, related_name="+", verbose_name=_("payment"))
    end_to_end = models.TextField(_("reference for the bank"), unique=True)
    text = models.TextField(_("text"), blank=True, default="")
    returned_on = models.DateField(_("returned on"), null=True)
    return_reason = models.TextField(_("why returned"), blank=True, default="")
    fee = models.DecimalField(_("fee of the return"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("direct debit"), _("direct debits")
        constraints = [
            models.CheckConstraint(name="debit_positive", condition=Q(amount__gt=0, fee__gte=0)),
            models.CheckConstraint(name="debit_state", condition=Q(state__in=["collected", "returned"])),
        ]

    def __str__(self) -> str:
        return self.end_to_end


class Presentation(Document):
    """Bank receipts (RiBa) that are presented to one of our banks on a day. What is presented never changes; its file is kept with its fingerprint.

    ``credit`` says when the money is ours: at once and subject to collection (the receivable is paid, and open again when the receipt
    comes back unpaid), or after collection (nothing is booked before the bank says that it was paid).
    """

    DRAFT, PRESENTED, CANCELLED = "draft", "presented", "cancelled"
    STATES = ((DRAFT, _("draft")), (PRESENTED, _("presented")), (CANCELLED, _("cancelled")))
    AT_ONCE, AFTER = "subject_to_collection", "after_collection"
    CREDITS = ((AT_ONCE, _("subject to collection")), (AFTER, _("after collection")))
    series = "RIBA"
    secret_columns = ("content",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    credit = models.TextField(_("credited"), choices=CREDITS, default=AT_ONCE)
    on = models.DateField(_("presentation date"))
    due_until = models.DateField(_("due until"))
    memo = models.TextField(_("memo"), blank=True)
    content = models.TextField(_("content"), blank=True, default="", editable=False)
    fingerprint = models.TextField(_("fingerprint of the file (SHA-256)"), blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("RiBa presentation"), _("RiBa presentations")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="presentation_number_once"),
            models.CheckConstraint(name="presentation_credit", condition=Q(credit__in=["subject_to_collection", "after_collection"])),
            models.CheckConstraint(
                name="presented_has_its_file",
                condition=~Q(state="presented") | Q(number__isnull=False, fingerprint__regex="^[0-9a-f]{64}$"),
            ),
        ]


class BankReceipt(Row):
    """One receipt: an open item whose customer is asked by his bank (ABI and CAB) on its due day; or left out, and why.

    An item stands in one receipt at a time that is neither paid nor unpaid.
    """

    PROPOSED, LEFT_OUT, PRESENTED, COLLECTED, UNPAID, CANCELLED = "proposed", "left_out", "presented", "collected", "unpaid", "cancelled"
    STATES = (
        (PROPOSED, _("to present")), (LEFT_OUT, _("left out")), (PRESENTED, _("presented")), (COLLECTED, _("collected")), (UNPAID, _("unpaid")),
        (CANCELLED, _("cancelled")),
    )  # fmt: skip
    NO_ACCOUNT, FOREIGN, ITEM_HELD, PAST_DUE, TAKEN_OUT, ELSEWHERE = (
        "no_account",
        "foreign",
        "item_held",
        "past_due",
        "taken_out",
        "elsewhere",
    )
    REASONS = (
        (NO_ACCOUNT, _("the customer has no bank account")),
        (FOREIGN, _("his account is not at an Italian bank")),
        (ITEM_HELD, _("on hold or in dispute")),
        (PAST_DUE, _("due before the presentation")),
        (TAKEN_OUT, _("taken out by hand")),
        (ELSEWHERE, _("in another presentation")),
    )
    company_path = "presentation__company"
    label_paths = ("number",)

    presentation = models.ForeignKey(Presentation, models.PROTECT, related_name="receipts", verbose_name=_("RiBa presentation"))
    position = models.BigIntegerField(default=0)
    state = models.TextField(_("state"), choices=STATES, default=PROPOSED, editable=False)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    account = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", null=True, verbose_name=_("his bank account"))
    abi = models.TextField("ABI", blank=True, default="")
    cab = models.TextField("CAB", blank=True, default="")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    due_on = models.DateField(_("due on"))
    reason = models.TextField(_("why left out"), choices=REASONS, blank=True, default="")
    number = models.BigIntegerField(_("number of the receipt"), null=True)
    text = models.TextField(_("text"), blank=True, default="")
    payment = models.OneToOneField("payments.Payment", models.PROTECT, related_name="+", null=True, verbose_name=_("payment"))
    answered_on = models.DateField(_("answered on"), null=True)
    answer = models.TextField(_("answer of the bank"), blank=True, default="")
    fee = models.DecimalField(_("fee of the return"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("bank receipt (RiBa)"), _("bank receipts (RiBa)")
        constraints = [
            models.CheckConstraint(name="bank_receipt_positive", condition=Q(amount__gt=0, fee__gte=0)),
            models.CheckConstraint(name="bank_receipt_reason", condition=Q(state="left_out") & ~Q(reason="") | ~Q(state="left_out") & Q(reason="")),
            models.CheckConstraint(name="bank_receipt_numbered", condition=Q(state__in=["proposed", "left_out", "cancelled"]) | Q(number__isnull=False)),
            models.CheckConstraint(
                name="bank_receipt_has_a_bank", condition=Q(state="left_out") | Q(account__isnull=False, abi__regex="^[0-9]{5}$", cab__regex="^[0-9]{5}$")
            ),
            models.UniqueConstraint(fields=["presentation", "item"], name="bank_receipt_item_once"),
            models.UniqueConstraint(fields=["item"], name="bank_receipt_in_one_presentation", condition=Q(state__in=["proposed", "presented"])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.number or f"{self.presentation_id}/{self.position}")


class ReceiptAnswer(Row):
    """What a code means with which a company's banks answer a bank receipt (RiBa); their own sheets say it, and the company writes it down."""

    COLLECTED, UNPAID, NOTHING = "collected", "unpaid", "nothing"
    MEANINGS = ((COLLECTED, _("collected")), (UNPAID, _("unpaid")), (NOTHING, _("nothing that is booked")))
    label_paths = ("code",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    meaning = models.TextField(_("means"), choices=MEANINGS)
    text = models.TextField(_("in words"))

    class Meta:
        verbose_name, verbose_name_plural = _("answer to bank receipts"), _("answers to bank receipts")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="receipt_answer_once"),
            models.CheckConstraint(name="receipt_answer_code", condition=Q(code__regex="^[0-9]{5}$")),
            models.CheckConstraint(name="receipt_answer_means", condition=Q(meaning__in=["collected", "unpaid", "nothing"])),
            models.CheckConstraint(name="receipt_answer_in_words", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.code


class ReceiptReturn(Document):
    """A bank's return file on bank receipts (esiti RiBa): which were collected, which came back unpaid. Read once; then it stays."""

    DRAFT, READ = "draft", "read"
    STATES = ((DRAFT, _("draft")), (READ, _("read")))
    series = "RBR"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    on = models.DateField(_("answered on"))
    fee = models.DecimalField(_("fee for each that is unpaid"), default=0, **AMOUNT)
    content = models.TextField(_("the file, as it came from the bank"))
    collected = models.BigIntegerField(_("collected"), default=0, editable=False)
    unpaid = models.BigIntegerField(_("unpaid"), default=0, editable=False)
    known = models.BigIntegerField(_("known already"), default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("RiBa return"), _("RiBa returns")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="receipt_return_number_once"),
            models.CheckConstraint(name="receipt_return_fee", condition=Q(fee__gte=0)),
            models.CheckConstraint(name="read_return_has_a_number", condition=~Q(state="read") | Q(number__isnull=False)),
        ]
