"""Lists of trade with other member states: what the law asks for, what was filed, and what documents do not say by themselves.

What a list comes to is read from posted documents while it is open (``queries.py``, ``drawing.py``); rows exist from the moment it is
filed, and never change (``migrations/guards.sql``).
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}

GOODS_SOLD, SERVICES_SUPPLIED, GOODS_BOUGHT, SERVICES_RECEIVED = "goods_sold", "services_supplied", "goods_bought", "services_received"
KINDS = (
    (GOODS_SOLD, _("goods sold (dispatches)")), (SERVICES_SUPPLIED, _("services supplied")),
    (GOODS_BOUGHT, _("goods bought (arrivals)")), (SERVICES_RECEIVED, _("services received")),
)  # fmt: skip
KIND_KEYS = [key for key, _name in KINDS]
GOODS = (GOODS_SOLD, GOODS_BOUGHT)
SALES = (GOODS_SOLD, SERVICES_SUPPLIED)
MONTHLY, QUARTERLY, BY_AMOUNT = "monthly", "quarterly", "by_amount"

#: Nature of the transaction, of Annex I of Regulation (EU) 2020/1197 (Table 2: columns A and B).
NATURES = (
    ("", "–"),
    ("11", _("11 sale or purchase")), ("12", _("12 direct trade with private consumers")),
    ("21", _("21 return of goods")), ("22", _("22 replacement of returned goods")), ("23", _("23 replacement of goods not returned")),
    ("31", _("31 to or from a warehouse")), ("32", _("32 for sale on approval, consignment")), ("33", _("33 financial leasing")),
    ("34", _("34 change of ownership without payment")),
    ("41", _("41 for processing, to return")), ("42", _("42 for processing, not to return")),
    ("51", _("51 after processing, returning")), ("52", _("52 after processing, not returning")),
    ("60", _("60 particular transactions of national purpose")),
    ("71", _("71 before free circulation in another member state")), ("72", _("72 through another member state for export")),
    ("80", _("80 building material under a general contract")), ("91", _("91 hire or lease of more than 24 months")), ("99", _("99 other")),
)  # fmt: skip
NATURE_KEYS = [key for key, _name in NATURES]
#: Terms of delivery of Incoterms 2020, and the others.
TERMS = tuple(
    [("", "–")]
    + [(t, t) for t in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")]
    + [("XXX", _("XXX other"))]
)
TERMS_KEYS = [key for key, _name in TERMS]
TRANSPORTS = (
    ("", "–"), ("1", _("1 by sea")), ("2", _("2 by rail")), ("3", _("3 by road")), ("4", _("4 by air")), ("5", _("5 by post")),
    ("7", _("7 by pipeline or wire")), ("8", _("8 by inland water")), ("9", _("9 under its own power")),
)  # fmt: skip
TRANSPORT_KEYS = [key for key, _name in TRANSPORTS]
SUPPLIES = (("", "–"), ("I", _("at once")), ("R", _("repeatedly")))
PAYMENTS = (("", "–"), ("B", _("bank transfer")), ("A", _("credit")), ("X", _("otherwise")))


def _known(name: str) -> list[models.CheckConstraint]:
    """The codes of a table with trade data are those of the law."""
    return [
        models.CheckConstraint(name=f"{name}_terms", condition=Q(delivery_terms__in=TERMS_KEYS)),
        models.CheckConstraint(name=f"{name}_transport", condition=Q(transport__in=TRANSPORT_KEYS)),
    ]


def _transport(**given: Any) -> models.TextField:
    return models.TextField(_("mode of transport"), choices=TRANSPORTS, blank=True, default="", **given)


def _terms(**given: Any) -> models.TextField:
    return models.TextField(_("delivery terms"), choices=TERMS, blank=True, default="", **given)


class ListRule(Row):
    """What the law asks for of one kind of list, from a day to a day: how often, from which amounts on, and which data.

    Amounts are of a calendar quarter in company currency. A list is monthly where one of the four quarters before was above
    ``monthly_above``, and not due at all where none of them reached ``required_from``. ``codes`` are the tax codes it is about, written as in
    return definitions; ``asks`` names what a row must say, ``asks_statistics`` what it must say besides where statistics are due.
    """

    FREQUENCIES = ((MONTHLY, _("monthly")), (QUARTERLY, _("quarterly")), (BY_AMOUNT, _("by amount")))
    #: What rows may be asked for.
    DATA = (
        "partner", "commodity", "nature", "mass", "supplementary", "statistical", "terms", "transport", "country", "region", "origin",
        "service", "document", "supply", "payment", "payment_country",
    )  # fmt: skip

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("list"), choices=KINDS)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    frequency = models.TextField(pgettext_lazy("a list", "filed"), choices=FREQUENCIES, default=MONTHLY)
    monthly_above = models.DecimalField(_("monthly above"), null=True, blank=True, **AMOUNT)
    required_from = models.DecimalField(_("due from"), null=True, blank=True, **AMOUNT)
    statistics_above = models.DecimalField(_("statistics above"), null=True, blank=True, **AMOUNT)
    codes = models.TextField(
        _("tax codes"), blank=True, help_text=_("Codes or beginnings such as IT-*, with ! before those left out; empty for all.")
    )
    asks = models.TextField(_("asks for"), blank=True)
    asks_statistics = models.TextField(_("asks for in statistics"), blank=True)
    due_day = models.BigIntegerField(_("filed by the day of the next month"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rule for lists"), _("rules for lists")
        constraints = [
            models.CheckConstraint(name="list_rule_kind", condition=Q(kind__in=KIND_KEYS)),
            models.CheckConstraint(
                name="list_rule_frequency",
                condition=Q(frequency__in=[MONTHLY, QUARTERLY]) | Q(frequency=BY_AMOUNT, monthly_above__isnull=False),
            ),
            models.CheckConstraint(name="list_rule_due", condition=Q(due_day__isnull=True) | Q(due_day__gte=1, due_day__lte=31)),
            models.CheckConstraint(name="list_rule_codes", condition=~Q(codes__regex=r"[?\[\]]")),
            ExclusionConstraint(
                name="list_rules_do_not_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.valid_from}"


class TradeDefaults(Row):
    """What a company's trade with other member states is like where neither partner nor document says otherwise, and who files for it."""

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    nature = models.TextField(_("nature of the transaction"), choices=NATURES, blank=True, default="11")
    delivery_terms = _terms()
    transport = _transport()
    region = models.TextField(_("region or province"), blank=True)
    supply = models.TextField(_("services are supplied"), choices=SUPPLIES, blank=True, default="I")
    payment = models.TextField(_("services are paid by"), choices=PAYMENTS, blank=True, default="B")
    delegate_vat_number = models.TextField(_("VAT number of who files for us"), blank=True)
    customs_office = models.TextField(_("customs office"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("defaults of trade"), _("defaults of trade")
        constraints = [
            *_known("trade_defaults"),
            models.CheckConstraint(name="trade_defaults_nature", condition=Q(nature__in=NATURE_KEYS)),
            models.CheckConstraint(name="trade_defaults_delegate", condition=Q(delegate_vat_number="") | Q(delegate_vat_number__regex=r"^[A-Z0-9]{2,14}$")),
            models.CheckConstraint(name="trade_defaults_office", condition=Q(customs_office="") | Q(customs_office__regex=r"^[0-9]{6}$")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.company_id}"


class PartnerTrade(Row):
    """What trade with one partner is like: delivery terms, transport, where goods really come from or go to."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("partner"))
    delivery_terms = _terms()
    transport = _transport()
    country = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country of goods")
    )
    statistical_percent = models.DecimalField(_("statistical value, plus or minus %"), null=True, blank=True, **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("trade with a partner"), _("trade with partners")
        constraints = [
            *_known("partner_trade"),
            models.UniqueConstraint(fields=["company", "party"], name="partner_trade_once"),
            models.CheckConstraint(
                name="partner_trade_percent",
                condition=Q(statistical_percent__isnull=True) | Q(statistical_percent__gt=-100, statistical_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}"


class DocumentTrade(Row):
    """What one document's trade is like, where it is not as usual; told by the verb *Tell of documents*.

    ``corrects_on``: a day of the period that a credit note corrects, where it does not name its invoice. ``left_out``: it belongs on no list,
    and why.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    source_table = models.TextField(_("document kind"))
    source_id = models.BigIntegerField(_("document"))
    nature = models.TextField(_("nature of the transaction"), choices=NATURES, blank=True, default="")
    delivery_terms = _terms()
    transport = _transport()
    country = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country of goods")
    )
    region = models.TextField(_("region or province"), blank=True)
    statistical_percent = models.DecimalField(_("statistical value, plus or minus %"), null=True, blank=True, **PERCENT)
    service_code = models.TextField(_("service code (CPA)"), blank=True)
    commodity_code = models.ForeignKey(
        "catalog.CommodityCode", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("commodity code")
    )
    net_mass = models.DecimalField(_("net mass kg"), null=True, blank=True, **QUANTITY)
    origin = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("country of origin")
    )
    supply = models.TextField(_("supplied"), choices=SUPPLIES, blank=True, default="")
    payment = models.TextField(_("paid by"), choices=PAYMENTS, blank=True, default="")
    corrects_on = models.DateField(_("corrects the period of"), null=True, blank=True)
    left_out = models.TextField(_("left out, because"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("trade of a document"), _("trade of documents")
        constraints = [
            *_known("document_trade"),
            models.UniqueConstraint(fields=["source_table", "source_id"], name="document_trade_once"),
            models.CheckConstraint(name="document_trade_nature", condition=Q(nature__in=NATURE_KEYS)),
            models.CheckConstraint(name="document_trade_service", condition=Q(service_code="") | Q(service_code__regex=r"^[0-9]{5,6}$")),
            models.CheckConstraint(name="document_trade_mass", condition=Q(net_mass__isnull=True) | Q(net_mass__gt=0)),
            models.CheckConstraint(
                name="document_trade_percent",
                condition=Q(statistical_percent__isnull=True) | Q(statistical_percent__gt=-100, statistical_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_table} {self.source_id}"


class Statement(Document):
    """A list of a period: open, it shows what posted documents come to; filed, its rows stand for ever and what comes later corrects them.

    ``protocol`` is what the authority answered; it is all that may be added to a filed list.
    """

    OPEN, FILED = "open", "filed"
    STATES = ((OPEN, _("open")), (FILED, pgettext_lazy("a list", "filed")))
    initial_state = "open"
    editable_states = ()
    series = "IL"
    date_field = "ends_on"
    label_paths = ("number", "starts_on")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("list"), choices=KINDS)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    frequency = models.TextField(_("period"), choices=((MONTHLY, _("month")), (QUARTERLY, _("quarter"))))
    with_statistics = models.BooleanField(_("with statistics"), default=True)
    state = models.TextField(_("state"), choices=STATES, default=OPEN, editable=False)
    due_on = models.DateField(_("to be filed by"), null=True)
    filed_on = models.DateField(pgettext_lazy("a list", "filed on"), null=True, editable=False)
    amount = models.DecimalField(_("total"), default=0, editable=False, **AMOUNT)
    protocol = models.TextField(_("protocol of the authority"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Intrastat list"), _("Intrastat lists")
        constraints = [
            models.CheckConstraint(name="statement_kind", condition=Q(kind__in=KIND_KEYS)),
            models.CheckConstraint(name="statement_state", condition=Q(state__in=["open", "filed"])),
            models.CheckConstraint(name="statement_runs_forward", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="filed_statement_has_a_day", condition=Q(state="open") | Q(filed_on__isnull=False, number__isnull=False)
            ),
            models.CheckConstraint(name="statement_protocol", condition=Q(protocol="") | Q(state="filed", protocol__regex=r"^[0-9A-Z]{1,20}$")),
            models.UniqueConstraint(fields=["company", "number"], name="statement_number_once"),
            ExclusionConstraint(
                name="statements_do_not_overlap",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]  # fmt: skip


class StatementRow(Row):
    """A row of a filed list, as it was filed. Amounts are whole units of the currency, masses whole kilograms, rounded half up.

    ``amount`` is what ``value`` comes to, negative where a correction takes away. A correction names the period that it corrects, of a
    service the row that it corrects.
    """

    append_only = True
    company_path = "statement__company"
    NORMAL, CORRECTION = "normal", "correction"

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="rows", verbose_name=_("Intrastat list"))
    section = models.TextField(_("section"), choices=((NORMAL, _("operations")), (CORRECTION, _("corrections"))))
    position = models.BigIntegerField(_("row"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("partner"))
    vat_number = models.TextField(_("VAT number"), blank=True)
    value = models.DecimalField(_("exact amount"), **AMOUNT)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=0)
    commodity_code = models.TextField(_("commodity code"), blank=True)
    nature = models.TextField(_("nature of the transaction"), blank=True)
    is_triangular = models.BooleanField(_("triangular"), default=False)
    net_mass = models.DecimalField(_("net mass kg"), null=True, max_digits=20, decimal_places=0)
    supplementary = models.DecimalField(_("supplementary units"), null=True, max_digits=20, decimal_places=0)
    supplementary_unit = models.TextField(_("supplementary unit"), blank=True)
    statistical = models.DecimalField(_("statistical value"), null=True, max_digits=20, decimal_places=0)
    delivery_terms = models.TextField(_("delivery terms"), blank=True)
    transport = models.TextField(_("mode of transport"), blank=True)
    country = models.TextField(_("country of goods"), blank=True)
    origin = models.TextField(_("country of origin"), blank=True)
    region = models.TextField(_("region or province"), blank=True)
    service_code = models.TextField(_("service code (CPA)"), blank=True)
    document_number = models.TextField(_("document number"), blank=True)
    document_on = models.DateField(_("document date"), null=True)
    supply = models.TextField(_("supplied"), blank=True)
    payment = models.TextField(_("paid by"), blank=True)
    payment_country = models.TextField(_("country of payment"), blank=True)
    corrects_from = models.DateField(_("corrects the period from"), null=True)
    corrects_to = models.DateField(_("to"), null=True)
    corrects = models.ForeignKey("self", models.PROTECT, related_name="corrected_by", null=True, verbose_name=_("corrects row"))

    class Meta:
        verbose_name, verbose_name_plural = _("row of a list"), _("rows of lists")
        constraints = [
            models.UniqueConstraint(fields=["statement", "section", "position"], name="statement_row_once"),
            models.UniqueConstraint(fields=["id", "statement"], name="statement_row_of_list"),
            models.CheckConstraint(name="statement_row_section", condition=Q(section__in=["normal", "correction"])),
            models.CheckConstraint(
                name="correction_names_its_period",
                condition=Q(section="normal", corrects=None)
                | Q(section="correction", corrects_from__isnull=False, corrects_to__isnull=False),
            ),
            models.CheckConstraint(name="operations_are_not_negative", condition=Q(section="correction") | Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.section} {self.position}"


class StatementFact(Row):
    """A line of a document, or a move of goods, that a filed list took into account: once for ever. Without a row it was left out, or came to nothing."""

    append_only = True
    company_path = "statement__company"

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="facts", verbose_name=_("Intrastat list"))
    row = models.ForeignKey(StatementRow, models.PROTECT, related_name="facts", null=True, verbose_name=_("row"))
    source_table = models.TextField(_("document kind"))
    source_id = models.BigIntegerField(_("document"))
    source_line = models.BigIntegerField()
    number = models.TextField(_("number"))
    tax_entry = models.ForeignKey("tax.TaxEntry", models.PROTECT, related_name="+", null=True, verbose_name=_("tax entry"))
    move = models.ForeignKey("inventory.StockMove", models.PROTECT, related_name="+", null=True, verbose_name=_("stock move"))
    on = models.DateField(_("date"))
    value = models.DecimalField(_("amount"), **AMOUNT)
    quantity = models.DecimalField(_("quantity"), null=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("document of a row"), _("documents of rows")
        constraints = [
            models.UniqueConstraint(fields=["tax_entry", "source_line"], name="tax_on_one_list", condition=Q(tax_entry__isnull=False)),
            models.UniqueConstraint(fields=["move"], name="move_on_one_list", condition=Q(move__isnull=False)),
            models.CheckConstraint(
                name="fact_is_tax_or_move",
                condition=Q(tax_entry__isnull=False, move__isnull=True) | Q(tax_entry__isnull=True, move__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["source_table", "source_id"], name="statement_fact_by_source")]

    def __str__(self) -> str:
        return f"{self.source_table} {self.source_id}/{self.source_line}"
