"""Approvals: who must agree before a document goes on, by policies that are data; what was asked, and who decided (AP-05)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class ApprovalPolicy(Row):
    """When documents of a kind need approval. The first policy by priority that fits decides; one without steps asks nobody.

    ``amount_from`` is in company currency. Empty conditions fit everything.
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
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("approval policy"), _("approval policies")
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "priority"], name="approval_policy_priority_once"),
            models.CheckConstraint(name="approval_policy_amount", condition=Q(amount_from__isnull=True) | Q(amount_from__gte=0)),
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

    ``steps`` is what the policy asked at that time; ``role`` the one that answers now, since ``since``. ``authors`` are those who
    entered or last edited the document and those who asked, none of whom decides. An edit voids it.
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
    """What somebody answered to a step of a request, for himself or as the deputy of ``for_user``; never changed."""

    append_only = True
    company_path = "request__company"

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="decisions")
    step = models.BigIntegerField(_("step"))
    is_approved = models.BooleanField(_("approved"))
    for_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("as deputy of"))
    comment = models.TextField(_("comment"), blank=True)
    content_hash = models.TextField()

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["request", "step"], name="one_decision_a_step"),
            models.UniqueConstraint(fields=["request", "created_by"], name="one_step_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.step}"
