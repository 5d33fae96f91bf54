"""Approvals: who must agree before a document goes on, by policies that are data; what was asked, and who decided (AP-05)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class ApprovalPolicy(Row):
    """When documents of a kind need approval. The first policy by priority that fits decides, or of kinds that say so every one that fits until
    one without steps; one without steps asks nobody.

    Amounts are in company currency. Empty conditions fit everything, and all that are there have to be met. Those on figures (margin,
    discounts, credit, customer) are for kinds that know them (``conditions.py``).
    """

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind of document"))
    priority = models.BigIntegerField(_("priority"))
    name = models.TextField(_("name"))
    amount_from = models.DecimalField(_("from an amount of"), null=True, blank=True, **AMOUNT)
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("only of"))
    dimension = models.TextField(_("only with dimension"), blank=True)
    dimension_value = models.TextField(_("and value"), blank=True)
    margin_under = models.DecimalField(_("margin under %"), null=True, blank=True, **PERCENT)
    discount_over = models.DecimalField(_("discount of the whole over %"), null=True, blank=True, **PERCENT)
    line_discount_over = models.DecimalField(_("discount of a line over %"), null=True, blank=True, **PERCENT)
    over_limit_by = models.DecimalField(_("over the credit limit by more than"), null=True, blank=True, **AMOUNT)
    group = models.ForeignKey(
        "parties.CustomerGroup", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("customers of the group")
    )
    terms_over = models.BigIntegerField(_("paid later than agreed by more days than"), null=True, blank=True)
    new_customer = models.BooleanField(_("customer never invoiced before"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("approval policy"), _("approval policies")
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "priority"], name="approval_policy_priority_once"),
            models.CheckConstraint(name="approval_policy_amount", condition=Q(amount_from__isnull=True) | Q(amount_from__gte=0)),
            models.CheckConstraint(name="approval_policy_terms", condition=Q(terms_over__isnull=True) | Q(terms_over__gte=0)),
            models.CheckConstraint(name="approval_policy_margin", condition=Q(margin_under__isnull=True) | Q(margin_under__lte=100)),
            models.CheckConstraint(
                name="approval_policy_discounts",
                condition=(Q(discount_over__isnull=True) | Q(discount_over__gte=0, discount_over__lte=100))
                & (Q(line_discount_over__isnull=True) | Q(line_discount_over__gte=0, line_discount_over__lte=100)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApprovalStep(Row):
    """One agreement of a policy: any holder of the role; after ``days`` without an answer the other role may answer too."""

    company_path = "policy__company"

    policy = models.ForeignKey(ApprovalPolicy, models.CASCADE, related_name="steps")
    position = models.BigIntegerField(_("step"), default=1)
    role = models.ForeignKey("access.Role", models.PROTECT, related_name="+", verbose_name=_("approved by"))
    days = models.BigIntegerField(_("days to answer"), null=True, blank=True)
    escalates_to = models.ForeignKey("access.Role", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("then also by"))

    class Meta:
        verbose_name, verbose_name_plural = _("step"), _("steps")
        constraints = [
            models.CheckConstraint(name="approval_step_days", condition=Q(days__isnull=True) | Q(days__gte=1, days__lte=366)),
            models.CheckConstraint(
                name="approval_step_escalates_after_days", condition=Q(escalates_to__isnull=True) | Q(days__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}/{self.position}"


class Deputy(Row):
    """Who approves for somebody while he is away."""

    company_path, owner_path = None, "user"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("who is away"))
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("deputy"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))

    class Meta:
        verbose_name, verbose_name_plural = _("deputy"), _("deputies")
        constraints = [
            models.CheckConstraint(name="deputy_is_another", condition=~Q(user=F("deputy"))),
            models.CheckConstraint(name="deputy_days_run_forward", condition=Q(valid_to__gte=F("valid_from"))),
        ]
        indexes = [models.Index(fields=["deputy", "valid_to"], name="deputy_of_whom")]

    def __str__(self) -> str:
        return f"{self.user_id} > {self.deputy_id}"


class ApprovalRequest(Row):
    """What was asked of the approvers: a document as it stood, named by its content's hash.

    ``steps`` is what the policies asked at that time, ``policies`` the keys of those that did; ``role`` the one that answers now, since
    ``since``. ``authors`` are those who entered or last edited the document and those who asked, none of whom decides. An edit voids it.
    ``words`` is what the one who asked says to it.
    """

    WAITING, APPROVED, REJECTED, VOID = "waiting", "approved", "rejected", "void"
    STATES = ((WAITING, _("waiting")), (APPROVED, _("approved")), (REJECTED, _("rejected")), (VOID, _("void")))
    label_paths = ("title",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind of document"))
    table_name = models.TextField()
    row_id = models.BigIntegerField()
    title = models.TextField(_("document"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("party"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    why = models.TextField(_("why"))
    words = models.TextField(_("remark"), blank=True, default="")
    policies = models.JSONField(default=list, editable=False)
    policy = models.ForeignKey(ApprovalPolicy, models.SET_NULL, related_name="+", null=True, verbose_name=_("approval policy"))
    content_hash = models.TextField()
    #: Kept by trigger: the document's content as the database itself reads it; what goes on is compared with it there.
    fingerprint = models.TextField(blank=True, default="", editable=False)
    authors = models.JSONField(default=list)
    steps = models.JSONField(default=list)
    step = models.BigIntegerField(_("step"), default=1)
    role = models.ForeignKey("access.Role", models.PROTECT, related_name="+", verbose_name=_("approved by"))
    escalated_to = models.ForeignKey("access.Role", models.PROTECT, related_name="+", null=True, verbose_name=_("then also by"))
    since = models.DateTimeField(_("waiting since"))
    state = models.TextField(_("state"), choices=STATES, default=WAITING)

    class Meta:
        verbose_name, verbose_name_plural = _("approval"), _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["table_name", "row_id"], condition=Q(state__in=["waiting", "approved"]), name="one_approval_in_force"
            ),
        ]
        indexes = [
            models.Index(fields=["role", "since"], name="approval_waiting", condition=Q(state="waiting")),
            models.Index(fields=["table_name", "row_id", "-id"], name="approval_of_document"),
        ]

    def __str__(self) -> str:
        return self.title


class ApprovalDecision(Row):
    """What somebody answered to a step of a request, for himself or as the deputy of ``for_user``; never changed.

    A yes with ``at_most`` (a discount in percent) is no yes to what was asked: it is one to the document with its discounts cut to that, whose
    content it names as ``counter_hash`` and, as the database reads it, ``counter_fingerprint``.
    """

    append_only = True
    company_path = "request__company"

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="decisions")
    step = models.BigIntegerField(_("step"))
    is_approved = models.BooleanField(_("approved"))
    for_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("as deputy of"))
    comment = models.TextField(_("comment"), blank=True)
    content_hash = models.TextField()
    at_most = models.DecimalField(_("discount at most %"), null=True, **PERCENT)
    counter_hash = models.TextField(blank=True, default="")
    counter_fingerprint = models.TextField(blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        constraints = [
            models.CheckConstraint(
                name="counter_proposal_is_whole",
                condition=Q(at_most__isnull=True, counter_hash="", counter_fingerprint="")
                | (Q(at_most__gte=0, at_most__lte=100, is_approved=True) & ~Q(counter_hash="") & ~Q(counter_fingerprint="")),
            ),
            models.UniqueConstraint(fields=["request", "step"], name="one_decision_a_step"),
            models.UniqueConstraint(fields=["request", "created_by"], name="one_step_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.step}"


class ApprovalFinding(Row):
    """What was found of a document when it was asked about or wanted to go on: its figures, and the keys of the policies that fit them.

    For kinds whose figures the database cannot read by itself. It is bound to the content as the database reads it (``fingerprint``), and
    the database judges the policies by its figures once more before the document goes on.
    """

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind of document"))
    table_name = models.TextField()
    row_id = models.BigIntegerField()
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("party"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    figures = models.JSONField(default=dict)
    policies = models.JSONField(default=list)
    #: Kept by trigger.
    fingerprint = models.TextField(blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("finding"), _("findings")
        indexes = [models.Index(fields=["table_name", "row_id", "-id"], name="finding_of_document")]

    def __str__(self) -> str:
        return f"{self.table_name}/{self.row_id}"
