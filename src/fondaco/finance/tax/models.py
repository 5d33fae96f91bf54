"""Tax codes with dated rates, the rules that choose one, and the entries of what was taxed."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class TaxCode(Row):
    """A way in which a sale or purchase is taxed. ``natura`` and ``category`` are what e-invoices call it (FatturaPA, EN 16931).

    A purchase code with a ``reverse_charge_account`` is taxed by the buyer: the tax due stands there against the deductible one, and
    the self-invoice is of ``document_type`` (TD16 to TD19). What is not deductible goes to the cost.
    """

    seldom_changes = True

    KINDS = (("sale", _("sale")), ("purchase", _("purchase")))
    TREATMENTS = tuple(
        (t, t.replace("_", " "))
        for t in ("standard", "reduced", "zero", "exempt", "reverse_charge", "export", "intra_community", "split_payment", "import")
    )
    label_paths = ("code",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    kind = models.TextField(_("kind"), choices=KINDS)
    treatment = models.TextField(_("treatment"), choices=TREATMENTS)
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("tax account"))
    reverse_charge_account = models.ForeignKey(
        "ledger.Account",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("account of the tax due on reverse charge"),
    )
    deductible_percent = models.DecimalField(_("deductible %"), max_digits=7, decimal_places=4, default=100)
    document_type = models.TextField(_("type of the self-invoice"), blank=True)
    natura = models.TextField(_("natura"), blank=True)
    category = models.TextField(_("category (EN 16931)"), blank=True)
    exemption = models.TextField(_("reason for no tax"), blank=True)
    exemption_it = models.TextField(_("reason for no tax (Italian)"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax code"), _("tax codes")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="tax_code_once"),
            models.UniqueConstraint(fields=["id", "company"], name="tax_code_of_company"),
            models.CheckConstraint(name="tax_code_deducts_a_share", condition=Q(deductible_percent__gte=0, deductible_percent__lte=100)),
            models.CheckConstraint(
                name="only_purchases_are_deducted",
                condition=Q(kind="purchase") | Q(deductible_percent=100, reverse_charge_account=None, document_type=""),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TaxRate(Row):
    """The rate of a code, in percent, while it is valid; ``valid_to`` empty means until further notice."""

    seldom_changes = True
    company_path = "tax_code__company"

    tax_code = models.ForeignKey(TaxCode, models.CASCADE, related_name="rates", verbose_name=_("tax code"))
    rate = models.DecimalField(_("rate %"), max_digits=7, decimal_places=4)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax rate"), _("tax rates")
        constraints = [
            models.CheckConstraint(name="tax_rate_percent", condition=Q(rate__gte=0, rate__lte=100)),
            ExclusionConstraint(
                name="tax_rates_do_not_overlap",
                expressions=[
                    ("tax_code", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate} %"


class TaxRule(Row):
    """Chooses the code: the first rule by priority that matches buyer, product and the way of the goods; empty conditions match all.

    ``buyer``: domestic, public_body (a domestic one too), eu_business, eu_consumer, outside_eu; of a purchase it is the vendor. The
    explanation is the sentence the user reads.
    """

    seldom_changes = True

    BUYERS = (
        ("", _("any")),
        ("domestic", _("domestic")),
        ("public_body", _("public body")),
        ("eu_business", _("EU business")),
        ("eu_consumer", _("EU consumer")),
        ("outside_eu", _("outside the EU")),
    )

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    priority = models.BigIntegerField(_("priority"))
    kind = models.TextField(_("kind"), choices=TaxCode.KINDS, default="sale")
    buyer = models.TextField(_("buyer"), choices=BUYERS, blank=True, default="")
    buyer_country = models.TextField(_("buyer's country"), blank=True, default="")
    product_class = models.TextField(_("product class"), blank=True, default="")
    ship_from = models.TextField(_("shipped from"), blank=True, default="")
    ship_to = models.TextField(_("shipped to"), blank=True, default="")
    tax_code = models.ForeignKey(TaxCode, models.PROTECT, related_name="+", verbose_name=_("tax code"))
    explanation = models.TextField(_("explanation"))
    explanation_it = models.TextField(_("Italian explanation"), blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax rule"), _("tax rules")
        constraints = [models.UniqueConstraint(fields=["company", "kind", "priority"], name="tax_rule_priority_once")]

    def __str__(self) -> str:
        return f"{self.priority}"


class TaxStanding(Row):
    """What a party is to VAT law while it is valid: a public body, which pays the VAT of what it buys itself."""

    company_path = None
    STANDINGS = (("public_body", _("public body")),)

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("party"))
    standing = models.TextField(_("standing"), choices=STANDINGS, default="public_body")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("VAT standing"), _("VAT standings")
        constraints = [
            models.CheckConstraint(name="tax_standing_known", condition=Q(standing="public_body")),
            ExclusionConstraint(
                name="tax_standings_do_not_overlap",
                expressions=[
                    ("party", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.standing}"


class TaxRegime(Row):
    """How a company accounts for VAT while it is valid: on payment or not, and how often it files."""

    seldom_changes = True

    FREQUENCIES = (("monthly", _("monthly")), ("quarterly", _("quarterly")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    cash_basis = models.BooleanField(_("VAT on payment (cash basis)"), default=False)
    frequency = models.TextField(_("files"), choices=FREQUENCIES, default="monthly")
    interest_percent = models.DecimalField(_("interest on quarterly payment %"), max_digits=7, decimal_places=4, default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("VAT regime"), _("VAT regimes")
        constraints = [
            models.CheckConstraint(name="tax_regime_frequency", condition=Q(frequency__in=["monthly", "quarterly"])),
            models.CheckConstraint(name="tax_regime_interest", condition=Q(interest_percent__gte=0, interest_percent__lte=10)),
            ExclusionConstraint(
                name="tax_regimes_do_not_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.valid_from}"


class TaxEntry(Row):
    """One tax of a posted document, in company currency; what registers and returns are made of. Never changed.

    Amounts are positive on invoices and bills, negative on credit notes and reversals. ``amount`` is what stands on ``account``
    in the journal entry, debit positive; the database keeps the two equal (``migrations/entries.sql``). ``chargeable``: *now*
    counts in the return of ``reported_on``; *deferred* waits for the payment; *split* is paid by the customer himself.
    ``other`` moves a tax account without taxing anything: a manual entry, or the settlement of a return. A late entry that is brought
    back into the return of its own days is restated by two: one takes it off where it counted, one counts it there.
    """

    append_only = True
    label_paths = ("document_number",)

    SALE, PURCHASE, OTHER = "sale", "purchase", "other"
    KINDS = ((SALE, _("sale")), (PURCHASE, _("purchase")), (OTHER, _("other")))
    NOW, DEFERRED, SPLIT = "now", "deferred", "split"
    CHARGEABLE = ((NOW, _("now")), (DEFERRED, _("when paid")), (SPLIT, _("by the customer")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS)
    source_table = models.TextField(_("document kind"), blank=True)
    source_id = models.BigIntegerField(_("document"), null=True)
    entry = models.ForeignKey("ledger.JournalEntry", models.PROTECT, related_name="+", verbose_name=_("journal entry"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("party"))
    tax_point = models.DateField(_("tax point"))
    reported_on = models.DateField(_("counts on"))
    document_on = models.DateField(_("document date"))
    document_number = models.TextField(_("document number"))
    protocol = models.TextField(_("our number"))
    document_type = models.TextField(_("type of the self-invoice"), blank=True)
    tax_code = models.ForeignKey(TaxCode, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("tax code"))
    rate = models.DecimalField(_("rate %"), max_digits=7, decimal_places=4, default=0)
    base = models.DecimalField(_("taxable"), default=0, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, **AMOUNT)
    non_deductible = models.DecimalField(_("not deductible"), default=0, **AMOUNT)
    chargeable = models.TextField(_("chargeable"), choices=CHARGEABLE, default=NOW)
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, verbose_name=_("tax account"))
    amount = models.DecimalField(_("on the account"), default=0, **AMOUNT)
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, verbose_name=_("reverses"))
    releases = models.ForeignKey("self", models.PROTECT, related_name="released_by", null=True, verbose_name=_("releases"))
    restates = models.ForeignKey("self", models.PROTECT, related_name="restated_by", null=True, verbose_name=_("restates"))

    class Meta:
        verbose_name, verbose_name_plural = _("tax entry"), _("tax entries")
        constraints = [
            models.CheckConstraint(name="tax_entry_kind", condition=Q(kind__in=["sale", "purchase", "other"])),
            models.CheckConstraint(name="tax_entry_chargeable", condition=Q(chargeable__in=["now", "deferred", "split"])),
            models.CheckConstraint(
                name="tax_entry_has_a_code",
                condition=Q(kind="other", tax_code=None, base=0, tax=0) | Q(~Q(kind="other"), tax_code__isnull=False),
            ),
            models.CheckConstraint(name="tax_entry_has_an_account", condition=Q(amount=0) | Q(account__isnull=False)),
            models.CheckConstraint(
                name="tax_entry_stands_on_its_account",
                condition=Q(kind="other")
                | Q(chargeable="split", kind="sale", amount=0)
                | Q(~Q(chargeable="split"), kind="sale", amount=-F("tax"))
                | Q(~Q(chargeable="split"), kind="purchase", amount=F("tax") - F("non_deductible")),
            ),
            models.CheckConstraint(
                name="tax_entry_deducts_at_most_all",
                condition=Q(non_deductible=0)
                | Q(kind="purchase", non_deductible__gt=0, tax__gte=F("non_deductible"))
                | Q(kind="purchase", non_deductible__lt=0, tax__lte=F("non_deductible")),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "reported_on", "kind", "id"], name="tax_entry_by_day"),
            models.Index(fields=["source_table", "source_id"], name="tax_entry_of_document"),
            models.Index(fields=["party"], name="tax_entry_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} {self.tax_code_id or ''}".strip()


class TaxTotal(models.Model):
    """Tax entries of a day summed up, kept by trigger with every entry; what returns are read from.

    Spread over ``bucket`` so that concurrent posters seldom queue on one row; readers sum the buckets. The entries by which returns
    were settled are left out. ``late`` counts those whose tax point was declared before.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reported_on = models.DateField()
    kind = models.TextField()
    tax_code = models.ForeignKey(TaxCode, models.PROTECT, related_name="+", null=True, db_constraint=False, db_index=False)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    chargeable = models.TextField()
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, db_constraint=False, db_index=False)
    bucket = models.BigIntegerField()
    base = models.DecimalField(**AMOUNT)
    tax = models.DecimalField(**AMOUNT)
    non_deductible = models.DecimalField(**AMOUNT)
    amount = models.DecimalField(**AMOUNT)
    entries = models.BigIntegerField()
    late = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "reported_on", "kind", "tax_code", "rate", "chargeable", "account", "bucket"],
                name="tax_total_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.reported_on} {self.kind}"


class ReturnDefinition(Row):
    """A tax return as data: which codes it is about, how often it is filed, its boxes, and what of a return goes to the next one.

    A return locks the days of its own codes and no others. Where nothing ``carries``, a credit is paid back and does not lessen the
    next return (one stop shop).
    """

    FREQUENCIES = (("", _("as the company files VAT")), *TaxRegime.FREQUENCIES)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    codes = models.TextField(
        _("tax codes"), blank=True, help_text=_("Codes or beginnings such as IT-*, with ! before those left out; empty for all.")
    )
    frequency = models.TextField(_("filed"), choices=FREQUENCIES, blank=True, default="")
    carries = models.BooleanField(_("credits and small debts go to the next return"), default=True)
    minimum = models.DecimalField(_("debt carried up to"), default=0, **AMOUNT)
    due_day = models.BigIntegerField(_("paid by the day"), null=True, blank=True, help_text=_("Day of the month; empty for its last day."))
    due_months = models.BigIntegerField(_("months after a month"), default=1)
    due_months_quarter = models.BigIntegerField(_("months after a quarter"), default=1)
    due_months_last_quarter = models.BigIntegerField(_("months after the last quarter of a year"), default=1)

    class Meta:
        verbose_name, verbose_name_plural = _("return definition"), _("return definitions")
        constraints = [
            models.CheckConstraint(
                name="return_is_due_after_its_period",
                condition=(Q(due_day__isnull=True) | Q(due_day__gte=1, due_day__lte=31))
                & Q(due_months__gte=1, due_months__lte=12, due_months_quarter__gte=1, due_months_quarter__lte=12)
                & Q(due_months_last_quarter__gte=1, due_months_last_quarter__lte=12),
            ),
            # The database reads the same patterns (tax_fits): a star stands for anything, and there is no other wild card.
            models.CheckConstraint(name="return_codes_are_codes_or_beginnings", condition=~Q(codes__regex=r"[?\[\]]")),
            models.CheckConstraint(name="return_frequency", condition=Q(frequency__in=["", "monthly", "quarterly"])),
            models.UniqueConstraint(fields=["company", "code"], name="return_definition_once"),
            models.UniqueConstraint(fields=["id", "company"], name="return_definition_of_company"),
        ]

    label_paths = ("name",)

    def __str__(self) -> str:
        return self.code


class ReturnBox(Row):
    """A box: the sum of a measure over tax entries of some kinds and codes, other boxes added and subtracted, or a figure by its role."""

    company_path = "definition__company"
    MEASURES = (
        ("base", _("taxable")),
        ("tax", _("tax")),
        ("deductible", _("deductible tax")),
        ("amount", _("on the account")),
        ("total", _("other boxes")),
        ("role", _("by its role")),
    )
    ROLES = (
        ("", _("none")),
        ("due", _("tax of the period")),
        ("debt_before", _("debt carried from the last return")),
        ("credit_before", _("credit carried from the last return")),
        ("credit_last_year", _("credit carried from last year")),
        ("interest", _("interest on quarterly payment")),
        ("advance", _("advance paid")),
        ("paid_otherwise", _("paid otherwise before")),
        ("credits_used", _("tax credits used")),
        ("payable", _("to pay, or credit")),
    )

    definition = models.ForeignKey(ReturnDefinition, models.CASCADE, related_name="boxes")
    position = models.BigIntegerField(_("order"), default=0)
    code = models.TextField(_("box"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    measure = models.TextField(_("what is summed"), choices=MEASURES)
    kinds = models.TextField(
        _("of which entries"), blank=True, help_text=_("sale, self_assessed, purchase, other; several with blanks between.")
    )
    chargeable = models.TextField(_("chargeable"), choices=[("", _("any")), *TaxEntry.CHARGEABLE], blank=True, default="")
    codes = models.TextField(_("tax codes"), blank=True)
    adds = models.TextField(
        _("boxes added"), blank=True, help_text=_("Boxes with blanks between, with - before those taken off: VP4 -VP5.")
    )
    role = models.TextField(_("role"), choices=ROLES, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("box"), _("boxes")
        constraints = [models.UniqueConstraint(fields=["definition", "code"], name="return_box_once")]

    def __str__(self) -> str:
        return self.code


class TaxReturn(Document):
    """The return of a period. Filed, it locks: tax entries of its days go to the next one, and its boxes stay as they were declared."""

    STATES = (("open", _("open")), ("filed", _("filed")), ("settled", _("settled")))
    initial_state = "open"
    editable_states = ("open",)
    series = "VAT"
    date_field = "ends_on"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    definition = models.ForeignKey(ReturnDefinition, models.PROTECT, related_name="+", verbose_name=_("kind of return"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    state = models.TextField(_("state"), choices=STATES, default="open", editable=False)
    advance_paid = models.DecimalField(_("advance paid"), default=0, **AMOUNT)
    paid_otherwise = models.DecimalField(
        _("paid otherwise before"),
        default=0,
        help_text=_("VAT of the period that was paid apart already, such as on cars from the Union."),
        **AMOUNT,
    )
    credits_used = models.DecimalField(
        _("tax credits used"), default=0, help_text=_("Credits of other laws that are set against this return."), **AMOUNT
    )
    filed_on = models.DateField(_("filed on"), null=True, editable=False)
    brought_forward = models.DecimalField(_("carried from the last return"), default=0, editable=False, **AMOUNT)
    interest = models.DecimalField(_("interest"), default=0, editable=False, **AMOUNT)
    payable = models.DecimalField(_("to pay, or credit"), default=0, editable=False, **AMOUNT)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("VAT return"), _("VAT returns")
        constraints = [
            models.CheckConstraint(name="return_runs_forward", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="filed_return_has_a_day", condition=Q(state="open") | Q(filed_on__isnull=False, number__isnull=False)
            ),
            # A return without tax leaves nothing on tax accounts: settled, it has no entry.
            models.CheckConstraint(
                name="settled_return_has_an_entry",
                condition=~Q(state="settled")
                | Q(entry__isnull=False)
                | Q(interest=0, payable=F("brought_forward") - F("advance_paid") - F("paid_otherwise") - F("credits_used")),
            ),
            models.CheckConstraint(name="return_advance", condition=Q(advance_paid__gte=0, paid_otherwise__gte=0, credits_used__gte=0)),
            models.UniqueConstraint(fields=["company", "number"], name="vat_return_number_once"),
            ExclusionConstraint(
                name="returns_do_not_overlap",
                expressions=[
                    ("definition", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["company", "ends_on"], name="return_by_day")]

    label_paths = ("number", "starts_on")


class ReturnAmount(Row):
    """What a box came to when the return was filed."""

    company_path = "tax_return__company"

    tax_return = models.ForeignKey(TaxReturn, models.PROTECT, related_name="amounts", verbose_name=_("return"))
    position = models.BigIntegerField(default=0)
    box = models.TextField(_("box"))
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("declared amount"), _("declared amounts")
        constraints = [models.UniqueConstraint(fields=["tax_return", "box"], name="return_amount_once")]

    def __str__(self) -> str:
        return f"{self.tax_return_id} {self.box}"


class FormerFiling(Row):
    """What a return declared before it was reopened, when, and why that was taken back; kept for ever."""

    append_only = True
    company_path = "tax_return__company"

    tax_return = models.ForeignKey(TaxReturn, models.PROTECT, related_name="former_filings", verbose_name=_("return"))
    position = models.BigIntegerField(_("filing"))
    filed_on = models.DateField(_("filed on"))
    payable = models.DecimalField(_("to pay, or credit"), **AMOUNT)
    amounts = models.JSONField(_("declared amounts"), default=dict)
    reason = models.TextField(_("reason for reopening"))

    class Meta:
        verbose_name, verbose_name_plural = _("former filing"), _("former filings")
        constraints = [models.UniqueConstraint(fields=["tax_return", "position"], name="former_filing_once")]

    def __str__(self) -> str:
        return f"{self.tax_return_id}/{self.position}"
