"""What is done about what customers owe: dunning by level, with letters, fees and interest."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class ReferenceRate(Row):
    """A rate that a central bank or a law sets, in percent a year, from its first day to its last; where that is empty, until the next one.

    After the last day of the last one no interest is charged until the next rate is entered: nobody is charged by an old figure.
    """

    company_path = None
    label_paths = ("code", "valid_from")

    code = models.TextField(_("code"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    rate = models.DecimalField(_("rate % a year"), **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("reference rate"), _("reference rates")
        constraints = [
            models.CheckConstraint(name="reference_rate_runs_forward", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))),
            models.UniqueConstraint(fields=["code", "valid_from"], name="reference_rate_once"),
            models.CheckConstraint(name="reference_rate_percent", condition=Q(rate__gte=-10, rate__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"


class DunningProcedure(Row):
    """How a company reminds a group of customers: its levels, and the interest on late payments.

    Interest is ``reference_rate`` plus ``interest_points``, in percent a year over 365 days, from the day after the due date
    (D.Lgs. 231/2002: the ECB's rate plus 8 points). ``interest_for`` says whom: businesses are those with a VAT number.
    Below ``minimum_amount`` (company currency) nobody is reminded.
    """

    INTEREST_FOR = (("nobody", _("nobody")), ("businesses", _("businesses")), ("everybody", _("everybody")))
    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    minimum_amount = models.DecimalField(_("smallest amount reminded of"), default=0, **AMOUNT)
    days_between = models.BigIntegerField(_("days between two reminders"), default=10)
    days_to_pay = models.BigIntegerField(_("days to pay after a reminder"), default=7)
    interest_for = models.TextField(_("interest from"), choices=INTEREST_FOR, default="nobody")
    reference_rate = models.TextField(_("reference rate"), blank=True, default="")
    interest_points = models.DecimalField(_("points above it"), default=0, **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("dunning procedure"), _("dunning procedures")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="dunning_procedure_once"),
            models.UniqueConstraint(fields=["id", "company"], name="dunning_procedure_of_company"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="dunning_procedure_one_default"),
            models.CheckConstraint(name="dunning_procedure_days", condition=Q(days_between__gte=0, days_to_pay__gte=0)),
            models.CheckConstraint(name="dunning_procedure_minimum", condition=Q(minimum_amount__gte=0)),
            models.CheckConstraint(name="dunning_procedure_interest", condition=Q(interest_for__in=["nobody", "businesses", "everybody"])),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DunningLevel(Row):
    """A step of a procedure: when, in which words, for which fee (company currency), and whether interest is charged with it.

    In the texts ``{customer}``, ``{total}``, ``{day}`` (until when to pay) and ``{company}`` stand for what they say; nothing else does.
    """

    company_path = "procedure__company"
    label_paths = ("procedure__code", "level")

    procedure = models.ForeignKey(DunningProcedure, models.CASCADE, related_name="levels", verbose_name=_("dunning procedure"))
    level = models.BigIntegerField(_("level"))
    days_overdue = models.BigIntegerField(_("days overdue"))
    fee = models.DecimalField(_("fee"), default=0, **AMOUNT)
    charges_interest = models.BooleanField(_("charges interest"), default=False)
    title = models.TextField(_("title of the letter"))
    title_it = models.TextField(_("Italian title of the letter"), blank=True)
    text = models.TextField(_("text"))
    text_it = models.TextField(_("Italian text"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("dunning level"), _("dunning levels")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "level"], name="dunning_level_once"),
            models.CheckConstraint(
                name="dunning_level_figures",
                condition=Q(level__gte=1, level__lte=9, days_overdue__gte=1, days_overdue__lte=3650, fee__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id}/{self.level}"


class CustomerAccount(Row):
    """How a company works with what a customer owes it: procedure of reminders, and who collects."""

    label_paths = ("party__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    procedure = models.ForeignKey(
        DunningProcedure, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("dunning procedure")
    )
    collector = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("collector")
    )
    follow_up_on = models.DateField(_("look again on"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer account"), _("customer accounts")
        constraints = [models.UniqueConstraint(fields=["company", "party"], name="customer_account_once")]

    def __str__(self) -> str:
        return f"{self.party_id}"


class ReminderStop(Row):
    """No reminders for a customer, or for one open item only, until a day (empty: until it is ended)."""

    label_paths = ("party__name", "reason")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("open item"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name, verbose_name_plural = _("reminder stop"), _("reminder stops")
        constraints = [models.CheckConstraint(name="reminder_stop_has_a_reason", condition=~Q(reason=""))]
        indexes = [models.Index(fields=["company", "party"], name="reminder_stop_of_party")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.until or ''}"


class DunningRun(Document):
    """Reminders of a company on a day, proposed as a set, looked through, then sent."""

    STATES = (("draft", _("draft")), ("proposed", _("proposed")), ("sent", _("sent")), ("cancelled", _("cancelled")))
    series = "DUN"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("date"))
    procedure = models.ForeignKey(
        DunningProcedure, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only this procedure")
    )
    memo = models.TextField(_("memo"), blank=True)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("dunning run"), _("dunning runs")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="dunning_run_number_once"),
            models.CheckConstraint(name="dunning_run_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="dunning_run_by_date")]


class Reminder(Document):
    """One letter to a customer about what is overdue in one currency, with the fee and interest it charges.

    ``level`` is the highest of its items. ``total`` is what is open on them, without the charges. A sent one never changes.
    """

    STATES = (("proposed", _("proposed")), ("left_out", _("left out")), ("sent", _("sent")))
    initial_state, editable_states = "proposed", ()
    series = "REM"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    run = models.ForeignKey(DunningRun, models.CASCADE, related_name="reminders", verbose_name=_("dunning run"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    on = models.DateField(_("date"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    procedure = models.ForeignKey(DunningProcedure, models.PROTECT, related_name="+", verbose_name=_("dunning procedure"))
    level = models.BigIntegerField(_("level"))
    state = models.TextField(_("state"), choices=STATES, default="proposed", editable=False)
    total = models.DecimalField(_("overdue"), **AMOUNT)
    fee = models.DecimalField(_("fee"), default=0, **AMOUNT)
    interest = models.DecimalField(_("interest"), default=0, **AMOUNT)
    pay_until = models.DateField(_("to be paid until"))
    sent_to = models.TextField(_("sent to"), blank=True)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("reminder"), _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="reminder_number_once"),
            models.UniqueConstraint(fields=["run", "party", "currency"], name="reminder_once_a_run"),
            models.CheckConstraint(name="sent_reminder_has_number", condition=~Q(state="sent") | Q(number__isnull=False)),
            models.CheckConstraint(
                name="sent_charges_are_booked", condition=~Q(state="sent") | Q(fee=0, interest=0) | Q(entry__isnull=False)
            ),
            models.CheckConstraint(name="reminder_charges_not_negative", condition=Q(fee__gte=0, interest__gte=0)),
        ]
        indexes = [models.Index(fields=["party", "-on"], name="reminder_of_party")]


class ReminderItem(models.Model):
    """An open item on a reminder, with the level it is raised to. Sent once at each level: the database keeps it so.

    ``interest_from`` is the last day for which interest was charged before, ``interest_until`` the last one for which it is charged now:
    the day of the reminder, or the last day of the rates that are known; the rest follows with a later reminder. It is proposed and sent with its reminder, whose history says
    when and by whom: a hundred thousand rows need none of their own.
    """

    company_path = "reminder__company"

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="items", db_index=False, verbose_name=_("reminder"))
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    level = models.BigIntegerField(_("level"))
    days_overdue = models.BigIntegerField(_("days overdue"))
    open_amount = models.DecimalField(_("open"), **AMOUNT)
    interest = models.DecimalField(_("interest"), default=0, **AMOUNT)
    interest_from = models.DateField(_("interest from"), null=True)
    interest_until = models.DateField(_("interest until"), null=True)
    is_sent = models.BooleanField(_("sent"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("reminded item"), _("reminded items")
        constraints = [
            models.UniqueConstraint(fields=["reminder", "item"], name="reminder_item_once"),
            models.UniqueConstraint(fields=["item", "level"], condition=Q(is_sent=True), name="reminded_once_at_a_level"),
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id}/{self.item_id}"


class StatementRun(Document):
    """What every customer of a company owed at the end of a day: statements, or letters asking to confirm the balance.

    ``items_total`` and ``control_balance`` (company currency) are the open items and the control accounts of that day; they are equal.
    """

    STATES = (("draft", _("draft")), ("prepared", _("prepared")), ("sent", _("sent")), ("cancelled", _("cancelled")))
    KINDS = (("statement", _("statement of account")), ("confirmation", _("balance confirmation")))
    series = "STA"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS, default="statement")
    on = models.DateField(_("as of"))
    reply_to = models.TextField(_("answers go to"), blank=True)
    party = models.ForeignKey(
        "parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only this customer")
    )
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    items_total = models.DecimalField(_("open items"), null=True, editable=False, **AMOUNT)
    control_balance = models.DecimalField(_("control accounts"), null=True, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("statement run"), _("statement runs")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="statement_run_number_once"),
            models.CheckConstraint(name="statement_run_kind", condition=Q(kind__in=["statement", "confirmation"])),
            models.CheckConstraint(
                name="prepared_statements_equal_control",
                condition=Q(state__in=["draft", "cancelled"])
                | Q(number__isnull=False, items_total__isnull=False) & Q(items_total=models.F("control_balance")),
            ),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="statement_run_by_date")]


class CustomerStatement(Row):
    """One customer's open items in one currency at the end of the run's day. A sent one changes by its answer only."""

    STATES = (
        ("prepared", _("prepared")),
        ("left_out", _("left out")),
        ("sent", _("sent")),
        ("agreed", _("agreed")),
        ("differs", _("differs")),
    )
    label_paths = ("run__number", "party__name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    run = models.ForeignKey(StatementRun, models.CASCADE, related_name="statements", verbose_name=_("statement run"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    state = models.TextField(_("state"), choices=STATES, default="prepared", editable=False)
    balance = models.DecimalField(_("balance"), **AMOUNT)
    overdue = models.DecimalField(_("overdue"), **AMOUNT)
    base_balance = models.DecimalField(_("balance in company currency"), **AMOUNT)
    sent_to = models.TextField(_("sent to"), blank=True)
    answered_on = models.DateField(_("answered on"), null=True)
    their_balance = models.DecimalField(_("balance by their books"), null=True, **AMOUNT)
    answer = models.TextField(_("what they say"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer statement"), _("customer statements")
        constraints = [
            models.UniqueConstraint(fields=["run", "party", "currency"], name="customer_statement_once_a_run"),
            models.CheckConstraint(
                name="answered_statement_has_a_day", condition=~Q(state__in=["agreed", "differs"]) | Q(answered_on__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["party", "run"], name="customer_statement_of_party")]

    def __str__(self) -> str:
        return f"{self.run} {self.party}"


class StatementLine(Row):
    """An item as it stood at the end of the statement's day: signed as the item, in its currency and the company's."""

    company_path = "statement__company"

    statement = models.ForeignKey(CustomerStatement, models.CASCADE, related_name="lines", verbose_name=_("customer statement"))
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    open_amount = models.DecimalField(_("open"), **AMOUNT)
    open_base_amount = models.DecimalField(_("open in company currency"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("statement line"), _("statement lines")
        constraints = [models.UniqueConstraint(fields=["statement", "item"], name="statement_item_once")]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.item_id}"


class CreditLimit(Row):
    """How much a company lets a customer owe, in its currency; a customer without one is not checked.

    Exposure is what he owes, what was delivered or ordered and is not invoiced, less what he paid ahead and what is ``insured``. An
    item overdue for more than ``days_overdue`` (empty: never mind) holds his papers too, and so does ``is_blocked``.
    """

    label_paths = ("party__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    amount = models.DecimalField(_("credit limit"), **AMOUNT)
    insured = models.DecimalField(_("insured"), default=0, **AMOUNT)
    days_overdue = models.BigIntegerField(_("days overdue allowed"), null=True, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("credit limit"), _("credit limits")
        constraints = [
            models.UniqueConstraint(fields=["company", "party"], name="credit_limit_once"),
            models.CheckConstraint(name="credit_limit_figures", condition=Q(amount__gte=0, insured__gte=0)),
            models.CheckConstraint(name="credit_limit_days", condition=Q(days_overdue__isnull=True) | Q(days_overdue__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}"


class CreditDecision(Row):
    """The log of holds and releases: which paper, at which stage, with the figures of the moment (company currency)."""

    append_only = True
    STAGES = (("quote", _("quote")), ("order", _("order")), ("shipment", _("shipment")))
    DECISIONS = (("noted", _("noted")), ("held", _("held")), ("released", _("released")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    source_table = models.TextField()
    source_id = models.BigIntegerField()
    document = models.TextField(_("document"))
    stage = models.TextField(_("stage"), choices=STAGES)
    decision = models.TextField(_("decision"), choices=DECISIONS)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    exposure = models.DecimalField(_("exposure"), **AMOUNT)
    credit_limit = models.DecimalField(_("credit limit"), **AMOUNT)
    overdue_days = models.BigIntegerField(_("days overdue"), default=0)
    reason = models.TextField(_("reason"), blank=True)

    label_paths = ("document", "decision")

    class Meta:
        verbose_name, verbose_name_plural = _("credit decision"), _("credit decisions")
        constraints = [
            models.CheckConstraint(
                name="credit_decision_known",
                condition=Q(decision__in=["noted", "held", "released"], stage__in=["quote", "order", "shipment"]),
            ),
            models.CheckConstraint(name="credit_release_has_a_reason", condition=~Q(decision="released") | ~Q(reason="")),
        ]
        indexes = [
            models.Index(fields=["source_table", "source_id", "-id"], name="credit_decision_of_document"),
            models.Index(fields=["party", "-id"], name="credit_decision_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.decision}"


class Dispute(Document):
    """What a customer objects to on an invoice, or on one line of it. While it is open, its amount is neither reminded of nor exposure.

    ``amount`` is in the invoice's currency, tax included. Service has it as a ticket; sales sees it with the invoice.
    """

    STATES = (("open", _("open")), ("credited", _("credited")), ("rejected", _("rejected")))
    KINDS = (
        ("quality", _("quality")),
        ("quantity", _("quantity")),
        ("price", _("price")),
        ("not_ordered", _("not ordered")),
        ("not_received", _("not received")),
        ("other", _("other")),
    )
    initial_state, editable_states = "open", ()
    series = "DSP"
    owner_path = "invoice__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", verbose_name=_("invoice"))
    line = models.ForeignKey("invoicing.InvoiceLine", models.PROTECT, related_name="+", null=True, verbose_name=_("line"))
    on = models.DateField(_("date"))
    kind = models.TextField(_("kind"), choices=KINDS, default="other")
    claim = models.TextField(_("what the customer says"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    state = models.TextField(_("state"), choices=STATES, default="open", editable=False)
    closed_on = models.DateField(_("closed on"), null=True)
    outcome = models.TextField(_("outcome"), blank=True)
    credit_note = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", null=True, verbose_name=_("credit note"))

    class Meta:
        verbose_name, verbose_name_plural = _("dispute"), _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="dispute_number_once"),
            models.CheckConstraint(name="dispute_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="dispute_says_what", condition=~Q(claim="")),
            models.CheckConstraint(
                name="dispute_ends_with_a_day",
                condition=Q(state="open", closed_on__isnull=True, credit_note__isnull=True)
                | Q(state="rejected", closed_on__isnull=False, credit_note__isnull=True)
                | Q(state="credited", closed_on__isnull=False, credit_note__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["invoice"], name="dispute_of_invoice"),
            models.Index(fields=["party", "-on"], name="dispute_of_party"),
        ]


class Promise(Row):
    """A customer's word to pay so much by a day. Kept or broken is read from the payments that came, never stored.

    What is received from the day it was given until ``pay_by``, in its currency, counts. Until then he is not reminded.
    """

    label_paths = ("party__name", "pay_by")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    on = models.DateField(_("given on"))
    pay_by = models.DateField(_("to be paid by"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    note = models.TextField(_("note"), blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("promise to pay"), _("promises to pay")
        constraints = [
            models.CheckConstraint(name="promise_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="promise_for_a_later_day", condition=Q(pay_by__gte=models.F("on"))),
        ]
        indexes = [models.Index(fields=["company", "party", "-pay_by"], name="promise_of_party")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.pay_by}"
