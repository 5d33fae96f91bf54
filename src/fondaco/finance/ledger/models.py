"""The ledger: chart, journals, years and periods, entries, dimension sets, balances, open items and settlements.

The laws stand in ``migrations/laws.sql`` and hold for every door, a console included: an entry sums to exactly zero,
has at least two lines, arrives whole in one statement, hits open periods and posting accounts of its own company, and
is never changed.
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
EMPTY_SET = 1


class AccountKind(models.TextChoices):
    ASSET = "asset", _("asset")
    LIABILITY = "liability", _("liability")
    EQUITY = "equity", _("equity")
    INCOME = "income", _("income")
    EXPENSE = "expense", _("expense")


class Control(models.TextChoices):
    """Which detail explains an account."""

    NONE = "", _("none")
    RECEIVABLE = "receivable", _("receivable")
    PAYABLE = "payable", _("payable")
    INVENTORY = "inventory", _("inventory")
    GOODS_RECEIVED = "goods_received", _("goods received, not invoiced")
    BANK = "bank", _("bank")
    TAX = "tax", _("tax")


class Subledger(models.TextChoices):
    """The parts of the books that are closed on their own."""

    GENERAL = "general", _("general ledger")
    RECEIVABLES = "receivables", _("receivables")
    PAYABLES = "payables", _("payables")
    STOCK = "stock", _("stock")
    PAYROLL = "payroll", _("payroll")


class Account(Row):
    """An account of a company's chart. ``purpose`` is the key by which verbs find it (``receivable``, ``vat_output``)."""

    seldom_changes = True
    label_paths = ("number", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    number = models.TextField(_("number"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    kind = models.TextField(_("kind"), choices=AccountKind.choices)
    is_posting = models.BooleanField(_("can be posted to"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    parent = models.ForeignKey("self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("under"))
    control = models.TextField(_("explained by"), choices=Control.choices, default="", blank=True)
    purpose = models.TextField(_("purpose"), blank=True, default="")
    statement_line = models.TextField(_("line of the statements"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("account"), _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="account_number_once"),
            models.UniqueConstraint(fields=["id", "company"], name="account_of_company"),
            models.UniqueConstraint(fields=["company", "purpose"], name="account_purpose_once", condition=~Q(purpose="")),
            models.CheckConstraint(name="account_kind", condition=Q(kind__in=AccountKind.values)),
            models.CheckConstraint(name="account_control", condition=Q(control__in=Control.values)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Journal(Row):
    """A book of entries with its own gapless numbers per fiscal year."""

    seldom_changes = True
    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    subledger = models.TextField(_("subledger"), choices=Subledger.choices, default=Subledger.GENERAL)
    purpose = models.TextField(_("purpose"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("journal"), _("journals")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="journal_code_once"),
            models.UniqueConstraint(fields=["id", "company", "subledger"], name="journal_of_company"),
            models.UniqueConstraint(fields=["company", "purpose"], name="journal_purpose_once", condition=~Q(purpose="")),
            models.CheckConstraint(name="journal_subledger", condition=Q(subledger__in=Subledger.values)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StatementLine(Row):
    """A line of the balance sheet or the profit and loss, as the company's country prints it.

    Its figure is ``sign`` times the sum (debit positive) of the accounts that name it and of all lines below it.
    ``takes`` marks the balance sheet lines that show the result of the year, and of earlier years, before closing.
    """

    STATEMENTS = (("balance_sheet", _("balance sheet")), ("profit_and_loss", _("profit and loss")))
    TAKES = (("", _("nothing")), ("result_of_the_year", _("result of the year")), ("result_of_earlier_years", _("result of earlier years")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    statement = models.TextField(_("statement"), choices=STATEMENTS)
    code = models.TextField(_("code"))
    parent_code = models.TextField(_("under"), blank=True)
    position = models.BigIntegerField(_("order"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    sign = models.BigIntegerField(_("sign"), default=1)
    takes = models.TextField(_("takes"), choices=TAKES, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("statement line"), _("statement lines")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="statement_line_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class _Days(Func):
    function = "daterange"
    output_field = DateRangeField()


def _no_overlap(name: str) -> ExclusionConstraint:
    days = _Days(F("starts_on"), F("ends_on"), models.Value("[]"))
    return ExclusionConstraint(name=name, expressions=[("company", RangeOperators.EQUAL), (days, RangeOperators.OVERLAPS)])


class FiscalYear(Row):
    """A business year; its journals number from 1."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        verbose_name, verbose_name_plural = _("fiscal year"), _("fiscal years")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="fiscal_year_name_once"),
            models.CheckConstraint(name="fiscal_year_runs_forward", condition=Q(ends_on__gt=F("starts_on"))),
            _no_overlap("fiscal_years_do_not_overlap"),
        ]

    def __str__(self) -> str:
        return self.name


class Period(Row):
    """A month (or other part) of a fiscal year."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    fiscal_year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="periods", verbose_name=_("fiscal year"))
    name = models.TextField(_("name"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        verbose_name, verbose_name_plural = _("period"), _("periods")
        constraints = [
            models.UniqueConstraint(fields=["id", "company", "fiscal_year"], name="period_of_company"),
            models.CheckConstraint(name="period_runs_forward", condition=Q(ends_on__gte=F("starts_on"))),
            _no_overlap("periods_do_not_overlap"),
        ]

    def __str__(self) -> str:
        return self.name


class PeriodState(Row):
    """Whether a subledger may still post into a period. Soft-closed: only with a right and a reason."""

    OPEN, SOFT_CLOSED, CLOSED = "open", "soft_closed", "closed"
    STATES = ((OPEN, _("open")), (SOFT_CLOSED, _("soft-closed")), (CLOSED, _("closed")))
    company_path = "period__company"
    label_paths = ("period__name",)

    period = models.ForeignKey(Period, models.PROTECT, related_name="states", verbose_name=_("period"))
    subledger = models.TextField(_("subledger"), choices=Subledger.choices)
    state = models.TextField(_("state"), choices=STATES, default=OPEN)

    class Meta:
        verbose_name, verbose_name_plural = _("period"), _("periods by subledger")
        constraints = [
            models.UniqueConstraint(fields=["period", "subledger"], name="period_state_once"),
            models.CheckConstraint(name="period_state_known", condition=Q(state__in=["open", "soft_closed", "closed"])),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.get_subledger_display()}"


class Dimension(Row):
    """A way to look at the books beside the account: department, project, product line, region ..."""

    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))

    class Meta:
        verbose_name, verbose_name_plural = _("dimension"), _("dimensions")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="dimension_code_once")]

    def __str__(self) -> str:
        return self.name


class DimensionValue(Row):
    """One value of a dimension, usable for entries dated within its validity."""

    company_path = "dimension__company"

    dimension = models.ForeignKey(Dimension, models.PROTECT, related_name="values", verbose_name=_("dimension"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("dimension value"), _("dimension values")
        constraints = [models.UniqueConstraint(fields=["dimension", "code"], name="dimension_value_once")]

    def __str__(self) -> str:
        return self.name


class DimensionSet(models.Model):
    """An interned combination of dimension values; ``key`` lists the value keys in order. Set 1 is the empty one."""

    append_only = True

    key = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.key


class DimensionSetItem(models.Model):
    """One value in a set; a set holds at most one value of a dimension."""

    append_only = True

    dimension_set = models.ForeignKey(DimensionSet, models.PROTECT, related_name="items")
    dimension = models.ForeignKey(Dimension, models.PROTECT, related_name="+")
    value = models.ForeignKey(DimensionValue, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dimension_set", "dimension"], name="dimension_once_in_set")]

    def __str__(self) -> str:
        return f"{self.dimension_set_id}:{self.value_id}"


class AccountDimensionRule(Row):
    """The dimension that every line on the account must carry."""

    company_path = "account__company"

    account = models.ForeignKey(Account, models.CASCADE, related_name="dimension_rules", verbose_name=_("account"))
    dimension = models.ForeignKey(Dimension, models.CASCADE, related_name="+", verbose_name=_("mandatory dimension"))

    class Meta:
        verbose_name, verbose_name_plural = _("mandatory dimension"), _("mandatory dimensions")
        constraints = [models.UniqueConstraint(fields=["account", "dimension"], name="dimension_rule_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.dimension_id}"


class JournalCounter(models.Model):
    """The last number of a journal in a fiscal year; moved in the transaction that posts, so that there is no gap."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="+")
    fiscal_year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="+")
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "fiscal_year"], name="journal_counter_once")]

    def __str__(self) -> str:
        return f"{self.journal_id} {self.fiscal_year_id}"


class JournalEntry(Row):
    """A posted entry. ``on`` is its accounting date, ``created_at`` when it was recorded; nothing of it ever changes.

    Composite foreign keys (laws.sql) tie journal, period and lines to the one company and date.
    """

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    journal = models.ForeignKey(Journal, models.PROTECT, related_name="+", verbose_name=_("journal"), db_constraint=False)
    subledger = models.TextField(_("subledger"), choices=Subledger.choices)
    fiscal_year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="+", verbose_name=_("fiscal year"), db_constraint=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="+", verbose_name=_("period"), db_constraint=False)
    sequence = models.BigIntegerField(_("sequence"))
    number = models.TextField(_("number"))
    on = models.DateField(_("date"))
    memo = models.TextField(_("memo"), blank=True)
    source_table = models.TextField(_("document kind"), blank=True)
    source_id = models.BigIntegerField(_("document"), null=True)
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, verbose_name=_("reverses"))
    late_reason = models.TextField(_("reason for posting late"), blank=True)
    line_count = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("journal entry"), _("journal entries")
        constraints = [
            models.UniqueConstraint(fields=["journal", "fiscal_year", "sequence"], name="entry_number_once"),
            models.UniqueConstraint(fields=["id", "company", "period", "on"], name="entry_of_company"),
            models.CheckConstraint(name="entry_has_two_lines", condition=Q(line_count__gte=2)),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="entry_by_date"),
            models.Index(fields=["source_table", "source_id"], name="entry_by_source"),
        ]

    def __str__(self) -> str:
        return self.number


class JournalLine(models.Model):
    """One leg of an entry: debit positive, credit negative, in company currency and in the currency of the transaction."""

    append_only = True

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    on = models.DateField(_("date"))
    position = models.BigIntegerField(_("line"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("account"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.ForeignKey(
        "companies.Currency", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("currency")
    )
    currency_amount = models.DecimalField(_("amount in currency"), **AMOUNT)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("party"))
    due_on = models.DateField(_("due on"), null=True)
    dimension_set = models.ForeignKey(
        DimensionSet, models.PROTECT, related_name="+", default=EMPTY_SET, db_constraint=False, db_index=False
    )
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("journal line"), _("journal lines")
        constraints = [
            models.UniqueConstraint(fields=["entry", "position"], name="line_position_once"),
            models.CheckConstraint(
                name="line_amounts_agree_in_sign",
                condition=Q(amount__gte=0, currency_amount__gte=0) | Q(amount__lte=0, currency_amount__lte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "on", "id"], name="line_by_account"),
            models.Index(fields=["period", "on"], name="line_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.position}"


class AccountBalance(models.Model):
    """Movement of an account in a period, by currency and dimension set, kept by trigger with every entry.

    Spread over ``bucket`` so that concurrent posters seldom queue on one row; readers sum the buckets.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    dimension_set = models.ForeignKey(DimensionSet, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bucket = models.BigIntegerField()
    debit = models.DecimalField(**AMOUNT)
    credit = models.DecimalField(**AMOUNT)
    currency_debit = models.DecimalField(**AMOUNT)
    currency_credit = models.DecimalField(**AMOUNT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "period", "account", "currency", "dimension_set", "bucket"], name="balance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period_id}"


class OpenItem(models.Model):
    """What a party owes or is owed, born by trigger with each line on a receivable or payable account.

    Amounts are signed as the line (debit positive). ``open_amount`` and ``open_base_amount`` are kept by the settlement
    trigger; their sum over an account is its balance, at every moment.
    """

    written_by_triggers = True

    company = models.ForeignKey(
        "companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("company")
    )
    line = models.OneToOneField(JournalLine, models.PROTECT, related_name="open_item", db_constraint=False)
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("journal entry"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("account"))
    control = models.TextField(_("kind"), choices=[("receivable", _("receivable")), ("payable", _("payable"))])
    party = models.ForeignKey(
        "parties.Party", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("party")
    )
    on = models.DateField(_("date"))
    due_on = models.DateField(_("due on"))
    currency = models.ForeignKey(
        "companies.Currency", models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("currency")
    )
    amount = models.DecimalField(_("amount"), **AMOUNT)
    base_amount = models.DecimalField(_("amount in company currency"), **AMOUNT)
    open_amount = models.DecimalField(_("open"), **AMOUNT)
    open_base_amount = models.DecimalField(_("open in company currency"), **AMOUNT)
    closed_on = models.DateField(_("settled on"), null=True)

    label_paths = ("entry__number", "due_on")

    class Meta:
        verbose_name, verbose_name_plural = _("open item"), _("open items")
        constraints = [
            models.CheckConstraint(
                name="open_item_not_overdrawn",
                condition=Q(open_amount__gte=0, open_amount__lte=F("amount")) | Q(open_amount__lte=0, open_amount__gte=F("amount")),
            ),
            models.CheckConstraint(
                name="open_item_base_not_overdrawn",
                condition=Q(open_base_amount__gte=0, open_base_amount__lte=F("base_amount"))
                | Q(open_base_amount__lte=0, open_base_amount__gte=F("base_amount")),
            ),
            models.CheckConstraint(
                name="open_item_closes_in_both_currencies", condition=~Q(open_amount=0) | Q(amount=0) | Q(open_base_amount=0)
            ),
        ]
        indexes = [
            models.Index(fields=["company", "control", "due_on"], name="open_item_open", condition=Q(closed_on__isnull=True)),
            models.Index(fields=["company", "control", "on"], name="open_item_by_date"),
            models.Index(fields=["party", "control", "-on"], name="open_item_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.due_on}"


class Settlement(Row):
    """The clearing of open items against each other on a day; undone only by a settlement that reverses it.

    ``entry`` holds what had to be booked for it: exchange difference, discount, write-off.
    """

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("date"))
    reason = models.TextField(_("reason"), blank=True)
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="+", null=True, verbose_name=_("journal entry"))
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, verbose_name=_("undoes"))
    part_count = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("settlement"), _("settlements")
        constraints = [
            models.UniqueConstraint(fields=["id", "company", "on"], name="settlement_of_company"),
            models.CheckConstraint(name="settlement_has_two_parts", condition=Q(part_count__gte=2)),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class SettlementPart(models.Model):
    """How much of one open item a settlement clears, signed as the item; the parts of a settlement sum to zero."""

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="parts", db_constraint=False, db_index=False)
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    on = models.DateField()
    position = models.BigIntegerField()
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="parts")
    amount = models.DecimalField(**AMOUNT)
    base_amount = models.DecimalField(**AMOUNT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settlement", "position"], name="settlement_part_once")]

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.position}"


class JournalVoucher(Document):
    """A manual journal entry while it is being written; posting makes the entry."""

    series = "MAN"
    STATES = (("draft", _("draft")), ("posted", _("posted")), ("reversed", _("reversed")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    journal = models.ForeignKey(Journal, models.PROTECT, related_name="+", verbose_name=_("journal"))
    on = models.DateField(_("date"))
    memo = models.TextField(_("memo"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    entry = models.OneToOneField(JournalEntry, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry"))

    class Meta:
        verbose_name, verbose_name_plural = _("journal voucher"), _("journal vouchers")
        constraints = [
            models.CheckConstraint(
                name="posted_voucher_has_number_and_entry", condition=Q(state="draft") | Q(number__isnull=False, entry__isnull=False)
            ),
            models.UniqueConstraint(fields=["company", "number"], name="voucher_number_once"),
        ]


class JournalVoucherLine(Row):
    """A line of a manual entry: exactly one of debit and credit."""

    company_path = "voucher__company"

    voucher = models.ForeignKey(JournalVoucher, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("account"))
    debit = models.DecimalField(_("debit"), default=0, **AMOUNT)
    credit = models.DecimalField(_("credit"), default=0, **AMOUNT)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("party"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    dimension_values = models.JSONField(_("dimensions"), default=list, blank=True)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="voucher_line_debit_or_credit", condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id}/{self.position}"


class Revaluation(Document):
    """Open items in foreign currency at the rate of a day, usually the last of a period (MC-02).

    ``reversed``: the difference is taken back on the next day, and settlement realises the whole. ``kept``: the item stays at the
    new value, and settlement realises only the rest. Either way both together are the total gain or loss.
    """

    REVERSED, KEPT = "reversed", "kept"
    METHODS = ((REVERSED, _("reversed on the next day")), (KEPT, _("kept until settled")))
    STATES = (("draft", _("draft")), ("posted", _("posted")), ("reversed", _("reversed")))
    series = "FXR"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("date"))
    method = models.TextField(_("difference is"), choices=METHODS, default=REVERSED)
    memo = models.TextField(_("memo"), blank=True)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("revaluation"), _("revaluations")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="revaluation_number_once"),
            models.CheckConstraint(name="revaluation_method", condition=Q(method__in=["reversed", "kept"])),
            models.CheckConstraint(name="posted_revaluation_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class RevaluedItem(Row):
    """What a revaluation found of an open item on its day, and the ``adjustment``: an item of its own, zero in currency, that carries the
    difference. With ``is_kept`` it is settled with the item, share by share; else its mirror of the next day has closed it."""

    append_only = True
    company_path = "revaluation__company"

    revaluation = models.ForeignKey(Revaluation, models.PROTECT, related_name="items", verbose_name=_("revaluation"))
    item = models.ForeignKey(OpenItem, models.PROTECT, related_name="revaluations", verbose_name=_("open item"))
    adjustment = models.OneToOneField(OpenItem, models.PROTECT, related_name="+", verbose_name=_("adjustment"))
    is_kept = models.BooleanField(_("kept"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    open_amount = models.DecimalField(_("open"), **AMOUNT)
    base_before = models.DecimalField(_("value before"), **AMOUNT)
    base_after = models.DecimalField(_("value after"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("revalued item"), _("revalued items")
        constraints = [models.UniqueConstraint(fields=["revaluation", "item"], name="item_revalued_once")]

    def __str__(self) -> str:
        return f"{self.revaluation_id}/{self.item_id}"
