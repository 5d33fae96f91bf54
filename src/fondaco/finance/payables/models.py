"""Vendor bills and credit notes, their lines and taxes, and what was agreed with each vendor."""

from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


def _tolerances(of: str, *, null: bool) -> list[models.CheckConstraint]:
    """Tolerances are from 0 to 100 percent."""
    names = ("price_tolerance_percent", "quantity_tolerance_percent")

    def inside(name: str) -> Q:
        within = Q(**{f"{name}__gte": 0, f"{name}__lte": 100})
        return within | Q(**{f"{name}__isnull": True}) if null else within

    return [models.CheckConstraint(name=f"{of}_{name.split('_', maxsplit=1)[0]}_tolerance", condition=inside(name)) for name in names]


def _replaced(text: Any, pattern: str, by: str) -> Func:
    """A regular expression replaced everywhere in a text, by the database."""
    return Func(text, Value(pattern), Value(by), Value("g"), function="regexp_replace", output_field=models.TextField())


#: What of a vendor's number is compared: capitals and digits, without separators and without zeros that lead a group of digits.
COMPARED = Upper(_replaced(_replaced(F("vendor_number"), r"(^|[^0-9])0+(?=[0-9])", r"\1"), "[^[:alnum:]]", ""))


class WithholdingKind(Row):
    """Tax that we keep back from a vendor and pay to the authority for him (AP-08): ``rate`` percent of ``base_percent`` of the net.

    The figures are those of the law from ``valid_from`` to ``valid_to``; a bill of another day is refused. ``authority_code`` is the tax authority's code for paying it, ``certificate_reason`` the reason on the certificate (causale). It is
    due when the bill is paid, as Italian law has it for fees, or when it is booked.
    """

    DUE = (("payment", _("when paid")), ("bill", _("when booked")))
    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    rate = models.DecimalField(_("rate %"), **PERCENT)
    base_percent = models.DecimalField(_("on so much of the net, in %"), default=100, **PERCENT)
    authority_code = models.TextField(_("authority's code"), blank=True)
    certificate_reason = models.TextField(_("reason on the certificate"), blank=True)
    due = models.TextField(_("due"), choices=DUE, default="payment")
    pay_day = models.BigIntegerField(
        _("paid over by the day"), null=True, blank=True, help_text=_("Day of the month; empty for its last day.")
    )
    pay_months = models.BigIntegerField(_("months after that in which it is due"), default=1)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("kind of withholding"), _("kinds of withholding")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="withholding_kind_once"),
            models.CheckConstraint(
                name="withholding_kind_percents",
                condition=Q(rate__gt=0, rate__lte=100, base_percent__gt=0, base_percent__lte=100),
            ),
            models.CheckConstraint(name="withholding_kind_due", condition=Q(due__in=["payment", "bill"])),
            models.CheckConstraint(
                name="withholding_is_paid_over_later",
                condition=(Q(pay_day__isnull=True) | Q(pay_day__gte=1, pay_day__lte=31)) & Q(pay_months__gte=1, pay_months__lte=12),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class VendorTerms(Row):
    """What a company agreed with a vendor on paying, and how his bills are usually booked."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    vendor = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("vendor"))
    payment_term = models.ForeignKey(
        "invoicing.PaymentTerm", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("payment term")
    )
    account = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("usual cost account")
    )
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("usual tax code"))
    withholding = models.ForeignKey(
        WithholdingKind, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("usual withholding")
    )
    needs_order = models.BooleanField(_("every line must be ordered"), default=False)
    price_tolerance_percent = models.DecimalField(_("tolerance in price, %"), null=True, blank=True, **PERCENT)
    quantity_tolerance_percent = models.DecimalField(_("tolerance in quantity, %"), null=True, blank=True, **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("vendor terms"), _("vendor terms")
        constraints = [
            models.UniqueConstraint(fields=["company", "vendor"], name="vendor_terms_once"),
            *_tolerances("vendor_terms", null=True),
        ]

    def __str__(self) -> str:
        return f"{self.vendor_id}"


class BillRules(Row):
    """How a company looks at its bills: within how many days a bill of the same vendor and total looks like the same bill,
    and by how much price and quantity may exceed order and receipt where nothing else is agreed with the vendor."""

    company = models.OneToOneField("companies.Company", models.CASCADE, related_name="+", verbose_name=_("company"))
    duplicate_days = models.BigIntegerField(_("days within which the same total is suspect"), default=30)
    price_tolerance_percent = models.DecimalField(_("tolerance in price, %"), default=0, **PERCENT)
    quantity_tolerance_percent = models.DecimalField(_("tolerance in quantity, %"), default=0, **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("rules for bills"), _("rules for bills")
        constraints = [
            models.CheckConstraint(name="bill_rules_days", condition=Q(duplicate_days__gte=0, duplicate_days__lte=366)),
            *_tolerances("bill_rules", null=False),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"


class Bill(Document):
    """What a vendor bills us, or his credit note (``kind``), in his currency. Amounts are positive on both.

    ``on`` is the day it is booked and dates our number; ``vendor_number`` and ``vendor_date`` are the vendor's own, and his date
    starts the terms of payment. ``gross`` is what the vendor is owed: net and tax, but not the tax that we account for ourselves
    (reverse charge); of it ``withheld`` is kept back and paid to the tax authority for him. Paid and overdue are derived from its open items. A bill that looks like another says why it is none (``duplicate_reason``); the database takes a vendor's number twice
    only where it is declared to be another document (``is_other_document``). ``tax_difference`` is by how much the tax on his paper differs from ours, which only his rounding explains.
    """

    BILL, CREDIT_NOTE = "bill", "credit_note"
    KINDS = ((BILL, _("bill")), (CREDIT_NOTE, _("vendor credit note")))
    STATES = (("draft", _("draft")), ("posted", _("posted")), ("reversed", _("reversed")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS, default=BILL)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    vendor_number = models.TextField(_("vendor's number"))
    vendor_number_compared = models.GeneratedField(expression=COMPARED, output_field=models.TextField(), db_persist=True)
    vendor_date = models.DateField(_("vendor's date"))
    received_on = models.DateField(_("received on"), null=True, blank=True)
    on = models.DateField(_("posting date"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    payment_term = models.ForeignKey(
        "invoicing.PaymentTerm", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("payment term")
    )
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)
    stated_total = models.DecimalField(_("total on the paper"), null=True, blank=True, **AMOUNT)
    tax_difference = models.DecimalField(_("difference in tax"), default=0, **AMOUNT)
    duplicate_reason = models.TextField(_("why it is no duplicate"), blank=True)
    is_other_document = models.BooleanField(_("another document with the same number"), default=False)
    reference = models.TextField(_("our reference"), blank=True)
    memo = models.TextField(_("memo"), blank=True)
    credits = models.ForeignKey("self", models.PROTECT, related_name="credit_notes", null=True, blank=True, verbose_name=_("credits"))
    source_table = models.TextField(blank=True, editable=False)
    source_id = models.BigIntegerField(null=True, editable=False)
    last_edited_by = models.TextField(_("last edited by"), blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    self_assessed = models.DecimalField(_("tax that we account for ourselves"), default=0, editable=False, **AMOUNT)
    gross = models.DecimalField(_("total"), default=0, editable=False, **AMOUNT)
    withheld = models.DecimalField(_("withheld"), default=0, editable=False, **AMOUNT)
    due_on = models.DateField(_("due on"), null=True, editable=False)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("bill"), _("bills")
        constraints = [
            models.CheckConstraint(
                name="posted_bill_has_number_and_entry", condition=Q(state="draft") | Q(number__isnull=False, entry__isnull=False)
            ),
            models.CheckConstraint(name="bill_adds_up", condition=Q(gross=F("net") + F("tax") - F("self_assessed"))),
            models.CheckConstraint(name="bill_has_vendor_number", condition=~Q(vendor_number="")),
            models.CheckConstraint(name="bill_tax_difference_is_rounding", condition=Q(tax_difference__gte=-1, tax_difference__lte=1)),
            models.CheckConstraint(name="other_document_has_reason", condition=Q(is_other_document=False) | ~Q(duplicate_reason="")),
            models.UniqueConstraint(fields=["company", "number"], name="bill_number_once"),
            models.UniqueConstraint(
                fields=["company", "vendor", "kind", "vendor_number_compared"],
                condition=Q(state="posted", is_other_document=False) & ~Q(vendor_number_compared=""),
                name="vendor_number_posted_once",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="bill_by_date"),
            models.Index(fields=["vendor", "-on"], name="bill_of_vendor"),
            models.Index(fields=["vendor", "gross", "vendor_date"], name="bill_of_vendor_by_amount"),
            models.Index(fields=["vendor", "vendor_number_compared"], name="bill_by_vendor_number"),
            models.Index(fields=["source_table", "source_id"], name="bill_by_source"),
        ]

    @property
    def series(self) -> str:  # type: ignore[override]
        return "VCN" if self.kind == self.CREDIT_NOTE else "BILL"

    @property
    def sign(self) -> int:
        """-1 for a bill, which the payable is credited with; +1 for a credit note."""
        return 1 if self.kind == self.CREDIT_NOTE else -1


class BillLine(Row):
    """A line: quantity times price less discount, on the account that it is a cost or an asset of.

    ``withholding`` is the vendor's usual one unless another was chosen or nothing is withheld from the line (``is_withheld_from``).
    ``dimension_values`` are keys of dimension values; ``tax_explanation`` says where the tax code comes from.
    """

    company_path = "bill__company"

    bill = models.ForeignKey(Bill, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("account"))
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6, default=1)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, **PRICE)
    discount_percent = models.DecimalField(_("discount %"), max_digits=7, decimal_places=4, default=0)
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("tax code"))
    withholding = models.ForeignKey(WithholdingKind, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("withholding"))
    is_withheld_from = models.BooleanField(_("withhold"), default=True)
    dimension_values = models.JSONField(_("dimensions"), default=list, blank=True)
    tax_rate = models.DecimalField(_("tax %"), max_digits=7, decimal_places=4, default=0, editable=False)
    tax_explanation = models.TextField(_("why this tax"), blank=True, editable=False)
    booking_reason = models.TextField(_("why this account"), blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    source_table = models.TextField(blank=True, editable=False)
    source_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="bill_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100))]
        indexes = [
            models.Index(fields=["source_table", "source_id"], name="bill_line_by_source"),
            models.Index(fields=["product"], name="bill_line_product"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.position}"


class BillTax(Row):
    """Taxable base and tax of one code and rate on a bill."""

    company_path = "bill__company"

    bill = models.ForeignKey(Bill, models.CASCADE, related_name="taxes")
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", verbose_name=_("tax code"))
    rate = models.DecimalField(_("rate %"), max_digits=7, decimal_places=4)
    base = models.DecimalField(_("taxable"), **AMOUNT)
    tax = models.DecimalField(_("tax"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("tax"), _("taxes")
        constraints = [models.UniqueConstraint(fields=["bill", "tax_code", "rate"], name="bill_tax_once")]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.tax_code_id}"


class BillMatch(Row):
    """How much of a bill's line bills which line of an order (or receipt), named by table and key: many to many (AP-01).

    Of a credit note: how much it gives back of what was billed. ``lowers_price``: it gives back a part of the price of goods that stay; as much
    of them is billed as before.
    """

    company_path = "line__bill__company"

    line = models.ForeignKey(BillLine, models.CASCADE, related_name="matches", verbose_name=_("line"))
    order_table = models.TextField()
    order_line = models.BigIntegerField(_("order line"))
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6)
    lowers_price = models.BooleanField(_("lowers the price"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("match"), _("matches")
        constraints = [
            models.UniqueConstraint(fields=["line", "order_table", "order_line"], name="bill_match_once"),
            models.CheckConstraint(name="bill_match_quantity", condition=Q(quantity__gt=0)),
        ]
        indexes = [models.Index(fields=["order_table", "order_line"], name="bill_match_of_order")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.order_line}"


class PaymentBlock(Row):
    """Why a posted bill is not paid yet: a line outside the tolerances of price or quantity, or not ordered (AP-01); or, up to ``amount`` of the
    bill's currency, goods that went back after it was posted (PC-05).

    It ends when the figures fit (the goods came), or when somebody with the right releases it and says why.
    """

    SENT_BACK = "sent_back"
    KINDS = (("price", _("price")), ("quantity", _("quantity")), ("not_ordered", _("not ordered")), (SENT_BACK, _("sent back")))
    company_path = "bill__company"

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="blocks", verbose_name=_("bill"))
    line = models.ForeignKey(BillLine, models.PROTECT, related_name="+", verbose_name=_("line"))
    kind = models.TextField(_("kind"), choices=KINDS)
    reason = models.TextField(_("reason"))
    amount = models.DecimalField(_("amount in dispute"), null=True, **AMOUNT)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    release_reason = models.TextField(_("why it was released"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("payment block"), _("payment blocks")
        constraints = [models.UniqueConstraint(fields=["line", "kind"], condition=Q(ended_at__isnull=True), name="payment_block_once")]
        indexes = [models.Index(fields=["bill"], name="payment_block_open", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return self.reason


class BillWithholding(Row):
    """What is kept back of a posted bill by kind and rate, in company currency; negative on credit notes."""

    company_path = "bill__company"

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="withholdings", verbose_name=_("bill"))
    kind = models.ForeignKey(WithholdingKind, models.PROTECT, related_name="+", verbose_name=_("withholding"))
    rate = models.DecimalField(_("rate %"), **PERCENT)
    net = models.DecimalField(_("net"), **AMOUNT)
    base = models.DecimalField(_("subject to withholding"), **AMOUNT)
    amount = models.DecimalField(_("withheld"), **AMOUNT)
    append_only = True

    class Meta:
        verbose_name, verbose_name_plural = _("withholding of a bill"), _("withholdings of a bill")
        constraints = [models.UniqueConstraint(fields=["bill", "kind"], name="bill_withholding_once")]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.kind_id}"


class Withheld(Row):
    """What became due to the tax authority of a bill's withholding, with its payment or at once; negative when taken back."""

    append_only = True
    company_path = "withholding__bill__company"

    withholding = models.ForeignKey(BillWithholding, models.PROTECT, related_name="due", verbose_name=_("withholding"))
    on = models.DateField(_("date"))
    entry = models.ForeignKey("ledger.JournalEntry", models.PROTECT, related_name="+", verbose_name=_("journal entry"))
    net = models.DecimalField(_("net"), **AMOUNT)
    base = models.DecimalField(_("subject to withholding"), **AMOUNT)
    amount = models.DecimalField(_("withheld"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("tax withheld"), _("taxes withheld")
        indexes = [models.Index(fields=["on"], name="withheld_by_day")]

    def __str__(self) -> str:
        return f"{self.withholding_id} {self.on}"


class WithholdingCertificate(Row):
    """What we certify to a vendor of the taxes withheld in a year (data of the Certificazione Unica), as it stood when it was drawn up.

    ``figures`` has a row a reason and rate: reason, authority's code, rate, net, not subject, base, withheld.
    """

    label_paths = ("vendor__name", "year")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    year = models.BigIntegerField(_("year"))
    net = models.DecimalField(_("fees paid"), default=0, editable=False, **AMOUNT)
    base = models.DecimalField(_("subject to withholding"), default=0, editable=False, **AMOUNT)
    amount = models.DecimalField(_("withheld"), default=0, editable=False, **AMOUNT)
    figures = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("withholding certificate"), _("withholding certificates")
        constraints = [
            models.UniqueConstraint(fields=["company", "vendor", "year"], name="withholding_certificate_once"),
            models.CheckConstraint(name="withholding_certificate_year", condition=Q(year__gte=1990, year__lte=2200)),
        ]

    def __str__(self) -> str:
        return f"{self.vendor_id} {self.year}"


class VendorStatement(Document):
    """What we owe a vendor at the end of a day beside what he says that we owe him: compared item by item, the differences named.

    ``theirs`` is his list as it was pasted: number, date and amount in each row. Amounts are positive where we owe him.
    """

    DRAFT, COMPARED = "draft", "compared"
    STATES = ((DRAFT, _("draft")), (COMPARED, _("compared")))
    editable_states = ("draft", "compared")
    series = "VST"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    on = models.DateField(_("as of"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    theirs = models.TextField(_("the vendor's list: number, date, amount"), blank=True)
    memo = models.TextField(_("memo"), blank=True)
    our_total = models.DecimalField(_("we owe"), default=0, editable=False, **AMOUNT)
    their_total = models.DecimalField(_("the vendor says"), default=0, editable=False, **AMOUNT)
    difference = models.DecimalField(_("difference"), default=0, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("vendor statement"), _("vendor statements")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="vendor_statement_number_once"),
            models.CheckConstraint(name="vendor_statement_difference", condition=Q(difference=F("their_total") - F("our_total"))),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="vendor_statement_by_date")]


class VendorStatementLine(Row):
    """One document on either list, or on both."""

    VERDICTS = (
        ("open", _("open in our books")), ("agrees", _("agrees")), ("amount", _("another amount")), ("settled", _("settled in our books")), ("draft", _("our draft waits")),
        ("not_here", _("not in our books")), ("not_theirs", _("not on the vendor's list")),
    )  # fmt: skip
    company_path = "statement__company"

    statement = models.ForeignKey(VendorStatement, models.CASCADE, related_name="lines", verbose_name=_("vendor statement"))
    position = models.BigIntegerField(default=0)
    verdict = models.TextField(_("result"), choices=VERDICTS)
    number = models.TextField(_("vendor's number"))
    our_number = models.TextField(_("our number"), blank=True, default="")
    on = models.DateField(_("date"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    our_amount = models.DecimalField(_("we owe"), null=True, **AMOUNT)
    their_amount = models.DecimalField(_("the vendor says"), null=True, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line of a vendor statement"), _("lines of vendor statements")
        constraints = [
            models.UniqueConstraint(fields=["statement", "position"], name="vendor_statement_line_once"),
            models.CheckConstraint(
                name="vendor_statement_line_verdict",
                condition=Q(verdict="agrees", our_amount=F("their_amount"))
                | Q(verdict="amount", our_amount__isnull=False, their_amount__isnull=False) & ~Q(our_amount=F("their_amount"))
                | Q(verdict__in=["open", "not_theirs"], our_amount__isnull=False, their_amount__isnull=True)
                | Q(verdict__in=["settled", "draft", "not_here"], our_amount__isnull=True, their_amount__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.position}"
