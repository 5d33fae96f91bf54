"""Bank statements and their lines, what each line was matched with and why, and what matching learned."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class BankFormat(Row):
    """How the bank of an account writes its CSV files; proposed from the head of a file, kept for the account."""

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    bank_account = models.OneToOneField("payments.BankAccount", models.CASCADE, related_name="+", verbose_name=_("bank account"))
    name = models.TextField(_("name"))
    charset = models.TextField(_("characters"), default="utf-8", choices=[(c, c) for c in ("utf-8", "cp1252", "utf-16")])
    delimiter = models.TextField(_("delimiter"), default=";", choices=[(";", ";"), (",", ","), ("\t", _("tab")), ("|", "|")])
    decimal_sign = models.TextField(_("decimal sign"), default=",", choices=[(",", ","), (".", ".")])
    date_format = models.TextField(_("dates"), default="%d/%m/%Y")
    skip = models.BigIntegerField(_("lines before the data"), default=1)
    columns = models.JSONField(_("columns"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("CSV format"), _("CSV formats")
        constraints = [models.CheckConstraint(name="bank_format_skip", condition=Q(skip__gte=0, skip__lte=1000))]

    def __str__(self) -> str:
        return self.name


class BankStatement(Row):
    """A statement as the bank gave it: opening and closing balance and the lines between. It never changes.

    The statements of an account are a chain without a gap: each opens with the balance with which the one before closed, by a composite
    foreign key. ``is_complete`` tells that the bank itself stated both balances.
    """

    append_only = True
    label_paths = ("bank_account__name", "closes_on")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    position = models.BigIntegerField(_("number in the chain"))
    previous_position = models.BigIntegerField(null=True)
    reference = models.TextField(_("bank's number"), blank=True)
    opens_on = models.DateField(_("from"))
    closes_on = models.DateField(_("to"))
    opening = models.DecimalField(_("opening balance"), **AMOUNT)
    closing = models.DecimalField(_("closing balance"), **AMOUNT)
    is_complete = models.BooleanField(_("balances stated by the bank"), default=True)
    format = models.TextField(_("format"))
    file_name = models.TextField(_("file"))
    digest = models.TextField(editable=False)
    line_count = models.BigIntegerField(_("lines"))

    class Meta:
        verbose_name, verbose_name_plural = _("bank statement"), _("bank statements")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "position"], name="bank_statement_position_once"),
            models.UniqueConstraint(fields=["bank_account", "position", "closing"], name="bank_statement_closes_with"),
            models.CheckConstraint(
                name="bank_statement_in_chain",
                condition=Q(position=1, previous_position__isnull=True) | Q(position__gt=1, previous_position=F("position") - 1),
            ),
            models.UniqueConstraint(fields=["id", "company", "bank_account", "currency"], name="bank_statement_of_account"),
            models.CheckConstraint(name="bank_statement_has_lines", condition=Q(line_count__gte=1)),
            models.CheckConstraint(name="bank_statement_runs_forward", condition=Q(closes_on__gte=F("opens_on"))),
        ]
        indexes = [models.Index(fields=["company", "-closes_on", "-id"], name="bank_statement_newest")]

    def __str__(self) -> str:
        return f"{self.reference or self.file_name} {self.closes_on}"


class BankMatch(Row):
    """What bank lines were matched with: who or what did it, how sure it was, and why. Undone, it stays.

    ``reasons`` are pairs of a key of ``reasons.REASONS`` and its figures, so that each reader has them in his language.
    """

    MATCHED, UNDONE = "matched", "undone"
    STATES = ((MATCHED, _("matched")), (UNDONE, _("undone")))
    AUTOMATIC, PERSON = "automatic", "person"
    HOWS = ((AUTOMATIC, _("automatically")), (PERSON, _("by a person")))
    RECEIPT, PAYMENT, RECORDED, ACCOUNT, TRANSFER, CANCELLED = "receipt", "payment", "recorded", "account", "transfer", "cancelled"
    KINDS = (
        (RECEIPT, _("customer payment")),
        (PAYMENT, _("vendor payment")),
        (RECORDED, _("in the books already")),
        (ACCOUNT, _("posted to an account")),
        (TRANSFER, _("transfer between own accounts")),
        (CANCELLED, _("posting and its reversal")),
    )

    company = models.ForeignKey(
        "companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("company")
    )
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    on = models.DateField(_("date"))
    kind = models.TextField(_("kind"), choices=KINDS)
    how = models.TextField(_("matched"), choices=HOWS)
    state = models.TextField(_("state"), choices=STATES, default=MATCHED)
    score = models.BigIntegerField(_("score"))
    reasons = models.JSONField(_("reasons"), default=list)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("party"))
    rule = models.ForeignKey("banking.BankRule", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("rule"))
    line_count = models.BigIntegerField(_("bank lines"), null=True)
    posting_count = models.BigIntegerField(_("ledger lines"))
    undone_on = models.DateField(_("undone on"), null=True)
    undone_reason = models.TextField(_("reason for undoing"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("bank match"), _("bank matches")
        constraints = [
            models.UniqueConstraint(fields=["id", "company", "bank_account"], name="bank_match_of_account"),
            models.CheckConstraint(name="bank_match_score", condition=Q(score__gte=0, score__lte=100)),
            models.CheckConstraint(name="bank_match_undone_says_when", condition=Q(state="matched") | Q(undone_on__isnull=False)),
            models.CheckConstraint(
                name="bank_match_has_lines", condition=Q(kind="cancelled", line_count__isnull=True) | Q(line_count__gte=1)
            ),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="bank_match_by_date")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


class BankLine(Row):
    """One movement on a bank account. Positive came in, negative went out. Only its match ever changes.

    ``fingerprint`` is of its content, with a count among equal lines: the same line twice adds nothing.
    """

    OPEN, MATCHED = "open", "matched"
    STATES = ((OPEN, _("open")), (MATCHED, _("matched")))
    label_paths = ("booked_on", "counterparty")

    company = models.ForeignKey(
        "companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("company")
    )
    bank_account = models.ForeignKey(
        "payments.BankAccount", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("bank account")
    )
    statement = models.ForeignKey(
        BankStatement, models.PROTECT, related_name="lines", db_constraint=False, db_index=False, verbose_name=_("bank statement")
    )
    position = models.BigIntegerField(_("line"))
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value date"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.ForeignKey(
        "companies.Currency", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("currency")
    )
    counterparty = models.TextField(_("counterparty"), blank=True)
    counterparty_account = models.TextField(_("counterparty's account"), blank=True)
    bic = models.TextField("BIC", blank=True)
    end_to_end_id = models.TextField(_("end-to-end id"), blank=True)
    mandate = models.TextField(_("mandate"), blank=True)
    payment_id = models.TextField(_("payment file's id"), blank=True)
    creditor_reference = models.TextField(_("creditor reference"), blank=True)
    remittance = models.TextField(_("remittance"), blank=True)
    bank_reference = models.TextField(_("bank's reference"), blank=True)
    code = models.TextField(_("bank's code"), blank=True)
    charges = models.DecimalField(_("charges kept back"), default=0, **AMOUNT)
    original_amount = models.DecimalField(_("ordered amount"), default=0, **AMOUNT)
    original_currency = models.TextField(_("ordered currency"), blank=True)
    fingerprint = models.TextField(editable=False)
    state = models.TextField(_("state"), choices=STATES, default=OPEN)
    match = models.ForeignKey(BankMatch, models.PROTECT, related_name="lines", null=True, db_constraint=False, verbose_name=_("match"))

    class Meta:
        verbose_name, verbose_name_plural = _("bank line"), _("bank lines")
        constraints = [
            models.UniqueConstraint(fields=["statement", "position"], name="bank_line_position_once"),
            models.UniqueConstraint(fields=["bank_account", "fingerprint"], name="bank_line_once"),
            models.UniqueConstraint(fields=["id", "company", "bank_account"], name="bank_line_of_account"),
            models.CheckConstraint(name="bank_line_moves_money", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="bank_line_matched_with_something",
                condition=Q(state="open", match__isnull=True) | Q(state="matched", match__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["bank_account", "booked_on", "id"], name="bank_line_by_date"),
            models.Index(fields=["bank_account", "booked_on", "id"], name="bank_line_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.counterparty or self.remittance[:40]} {self.amount.normalize():f} {self.currency_id}".replace(
            "  ", " "
        )


class MatchedLine(Row):
    """A bank line in a match; ``is_current`` until the match is undone. A line is in one match at a time."""

    company_path = "match__company"

    match = models.ForeignKey(BankMatch, models.PROTECT, related_name="matched_lines", db_constraint=False, db_index=False)
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    position = models.BigIntegerField()
    line = models.ForeignKey(BankLine, models.PROTECT, related_name="matched_lines", db_constraint=False, verbose_name=_("bank line"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    is_current = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("matched bank line"), _("matched bank lines")
        constraints = [
            models.UniqueConstraint(fields=["match", "position"], name="matched_line_position_once"),
            models.UniqueConstraint(fields=["line"], name="bank_line_matched_once", condition=Q(is_current=True)),
        ]

    def __str__(self) -> str:
        return f"{self.match_id}/{self.position}"


class MatchedPosting(Row):
    """A journal line on the bank's ledger account that a match explains; ``amount`` is in the bank account's currency.

    ``is_own`` tells that the match posted it, so that undoing the match reverses it.
    """

    company_path = "match__company"

    match = models.ForeignKey(BankMatch, models.PROTECT, related_name="postings", db_constraint=False, db_index=False)
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    position = models.BigIntegerField()
    journal_line = models.ForeignKey("ledger.JournalLine", models.PROTECT, related_name="+", verbose_name=_("journal line"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    is_own = models.BooleanField(_("posted by the match"))
    is_current = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("matched ledger line"), _("matched ledger lines")
        constraints = [
            models.UniqueConstraint(fields=["match", "position"], name="matched_posting_position_once"),
            models.UniqueConstraint(fields=["journal_line"], name="journal_line_matched_once", condition=Q(is_current=True)),
        ]

    def __str__(self) -> str:
        return f"{self.match_id}/{self.position}"


class BankRule(Row):
    """What to do with lines that look alike: post them to an account (fees, interest, taxes), take them as a transfer, or as a party's.

    All conditions that are filled in must hold. ``words`` must all occur in what the bank tells of the line.
    """

    DIRECTIONS = (("in", _("came in")), ("out", _("went out")), ("", _("both")))
    DOES = (("account", _("post to the account")), ("transfer", _("transfer between own accounts")), ("party", _("is of the party")))
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    position = models.BigIntegerField(_("order"), default=50)
    is_active = models.BooleanField(_("active"), default=True)
    is_automatic = models.BooleanField(_("without a person"), default=True)
    bank_account = models.ForeignKey(
        "payments.BankAccount", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only on the bank account")
    )
    direction = models.TextField(_("money that"), choices=DIRECTIONS, blank=True, default="")
    words = models.TextField(_("with the words"), blank=True)
    counterparty_account = models.TextField(_("from or to the account"), blank=True)
    code = models.TextField(_("with the bank's code"), blank=True)
    amount_from = models.DecimalField(_("amount from"), null=True, blank=True, **AMOUNT)
    amount_to = models.DecimalField(_("amount to"), null=True, blank=True, **AMOUNT)
    does = models.TextField(_("then"), choices=DOES, default="account")
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("account"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("party"))

    class Meta:
        verbose_name, verbose_name_plural = _("bank rule"), _("bank rules")
        constraints = [
            models.CheckConstraint(name="bank_rule_asks_for_something", condition=~Q(words="", counterparty_account="", code="")),
            models.CheckConstraint(
                name="bank_rule_does_something",
                condition=Q(does="account", account__isnull=False) | Q(does="party", party__isnull=False) | Q(does="transfer"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Learned(Row):
    """What past matches taught: lines with this counterparty's account, name or word were of this party, or posted to this account."""

    KINDS = (("iban", _("counterparty's account")), ("name", _("counterparty's name")), ("words", _("words")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("what"), choices=KINDS)
    key = models.TextField(_("reads"))
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", null=True, verbose_name=_("party"))
    account = models.ForeignKey("ledger.Account", models.CASCADE, related_name="+", null=True, verbose_name=_("account"))
    times = models.BigIntegerField(_("times seen"), default=1)
    last_on = models.DateField(_("last seen on"))

    class Meta:
        verbose_name, verbose_name_plural = _("learned from matches"), _("learned from matches")
        constraints = [
            models.CheckConstraint(
                name="learned_one_thing",
                condition=Q(party__isnull=False, account__isnull=True) | Q(party__isnull=True, account__isnull=False),
            ),
            models.CheckConstraint(name="learned_times", condition=Q(times__gte=0)),
            models.UniqueConstraint(
                fields=["company", "kind", "key", "party"], name="learned_party_once", condition=Q(party__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "key", "account"], name="learned_account_once", condition=Q(account__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.times}"


class MatchingPolicy(Row):
    """How sure a match must be to be made without a person, and what small difference it may give up."""

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    threshold = models.BigIntegerField(_("score for matching without a person"), default=85)
    tolerance = models.DecimalField(_("difference that may be given up"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("matching policy"), _("matching policies")
        constraints = [
            models.CheckConstraint(name="matching_threshold", condition=Q(threshold__gte=70, threshold__lte=101)),
            models.CheckConstraint(name="matching_tolerance", condition=Q(tolerance__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.threshold}"


class PlannedFlow(Row):
    """Money that is expected again and again, or once, though no document says so yet: wages, taxes, rent, a loan's instalments."""

    EVERY = (
        ("once", _("once")),
        ("week", _("every week")),
        ("month", _("every month")),
        ("quarter", _("every quarter")),
        ("year", _("every year")),
    )
    #: What the books tell by themselves; a plan of it counts in the months for which they do not.
    STANDS_FOR = (
        ("", _("nothing that the books tell")),
        ("vat", _("VAT")),
        ("withholding", _("withholding tax")),
        ("stamp_duty", _("stamp duty")),
        ("wages", _("wages")),
    )
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    amount = models.DecimalField(_("amount, negative when it goes out"), **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    every = models.TextField(_("how often"), choices=EVERY, default="month")
    starts_on = models.DateField(_("first on"))
    ends_on = models.DateField(_("last on"), null=True, blank=True)
    stands_for = models.TextField(
        _("is a plan of"),
        choices=STANDS_FOR,
        blank=True,
        default="",
        help_text=_("The plan counts only in months for which the books expect none of it, so that nothing is counted twice."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("planned cash flow"), _("planned cash flows")
        constraints = [
            models.CheckConstraint(
                name="planned_flow_stands_for", condition=Q(stands_for__in=["", "vat", "withholding", "stamp_duty", "wages"])
            ),
            models.CheckConstraint(name="planned_flow_moves_money", condition=~Q(amount=0)),
            models.CheckConstraint(name="planned_flow_runs_forward", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))),
        ]

    def __str__(self) -> str:
        return self.name
