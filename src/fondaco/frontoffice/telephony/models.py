"""Telephone lines, calls and what was told of them, recordings, and calls to be returned (SV-01, SV-02, SV-11)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.database.rows import Row

LANGUAGES = (("en", "English"), ("it", "Italiano"))


class PhoneLine(Row):
    """A number that customers of a company call, and what its callers hear. Calls on it open tickets in its queue.

    Programs that tell of its calls sign with its secret; without one, and without Twilio's token, its doors are closed. Both are kept sealed.
    Recordings and voicemail are deleted after ``retention_days``.
    """

    label_paths = ("name",)
    secret_columns = ("sealed_secret", "sealed_token")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    number = models.TextField(_("number"), unique=True)
    language = models.TextField(_("language"), choices=LANGUAGES, default="en")
    queue = models.TextField(_("queue"), blank=True, default="")
    topic = models.TextField(_("topic"), blank=True, default="")
    greeting = models.TextField(_("greeting"), blank=True, default="")
    calendar = models.ForeignKey(
        "sla.BusinessCalendar",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("answered by the calendar"),
    )
    ring_seconds = models.BigIntegerField(_("rings at an agent, seconds"), default=20)
    longest_wait_seconds = models.BigIntegerField(_("offers a call-back after, seconds"), default=180)
    takes_voicemail = models.BooleanField(_("takes voicemail"), default=True)
    records = models.BooleanField(_("asks whether calls may be recorded"), default=False)
    retention_days = models.BigIntegerField(_("audio is kept, days"), default=30)
    callback_minutes = models.BigIntegerField(_("called back within, minutes"), default=30)
    callback_attempts = models.BigIntegerField(_("tries to call back"), default=3)
    callback_pause_minutes = models.BigIntegerField(_("minutes between tries"), default=60)
    is_active = models.BooleanField(_("active"), default=True)
    account = models.TextField(_("account at Twilio"), blank=True, default="")
    sealed_secret = models.TextField(default="", editable=False)
    sealed_token = models.TextField(default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("telephone line"), _("telephone lines")
        constraints = [
            models.CheckConstraint(name="phone_line_number", condition=Q(number__regex=r"^\+[0-9]{4,15}$")),
            models.CheckConstraint(name="phone_line_account", condition=Q(account="") | Q(account__regex=r"^AC[0-9a-f]{32}$")),
            models.CheckConstraint(
                name="phone_line_figures",
                condition=Q(ring_seconds__gte=5, ring_seconds__lte=120, longest_wait_seconds__gte=10, longest_wait_seconds__lte=3600)
                & Q(retention_days__gte=1, retention_days__lte=3650, callback_minutes__gte=0, callback_minutes__lte=10_080)
                & Q(callback_attempts__gte=1, callback_attempts__lte=20, callback_pause_minutes__gte=1, callback_pause_minutes__lte=10_080),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CallNotice(models.Model):
    """What a telephone system told while other notices were being taken: written down, taken with all that wait, and gone then.

    ``events`` are as ``noticing.as_json`` writes them. ``trouble`` says why it could not be taken; until somebody looks at it, it waits no longer.
    """

    company_path = "line__company"

    line = models.ForeignKey(PhoneLine, models.PROTECT, related_name="+", verbose_name=_("telephone line"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    events = models.JSONField(_("what was told"))
    trouble = models.TextField(_("why it was not taken"), blank=True, default="")
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)
    reviewed_by = models.TextField(_("reviewed by"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("notice of calls"), _("notices of calls")
        indexes = [models.Index(fields=["id"], name="notice_waiting", condition=Q(trouble=""))]

    def __str__(self) -> str:
        return f"{self.line} {timezone.localtime(self.received_at):%Y-%m-%d %H:%M:%S}"


class Extension(Row):
    """Under which number, SIP address or name the telephone system knows a colleague."""

    owner_path = "user"
    label_paths = ("extension",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user"))
    extension = models.TextField(_("extension"))

    class Meta:
        verbose_name, verbose_name_plural = _("extension"), _("extensions")
        constraints = [
            models.UniqueConstraint(fields=["company", "extension"], name="extension_once"),
            models.UniqueConstraint(fields=["company", "user"], name="extension_of_a_user_once"),
            models.CheckConstraint(name="extension_is_one", condition=Q(extension__regex=r"^[A-Za-z0-9+@._:-]{1,100}$")),
        ]

    def __str__(self) -> str:
        return self.extension


class Call(Row):
    """A call on a line, as its events tell it: they are kept, and this row follows from them in the order in which they happened.

    ``external_id`` is the telephone system's own; ``caller`` and ``called`` are E.164, empty where the number was withheld. ``party`` is empty while
    the number is nobody's or several parties'. Missed: the house did not answer; abandoned: the caller did not wait.
    """

    LIVE = ("ringing", "answered", "held")
    LOST = ("missed", "abandoned")
    STATES = (
        ("ringing", _("ringing")), ("answered", _("answered")), ("held", _("on hold")), ("ended", pgettext_lazy("call", "ended")), ("missed", _("missed")),
        ("abandoned", _("abandoned")),
    )  # fmt: skip
    CONSENTS = (("", _("not asked")), ("given", _("given")), ("refused", _("refused")))
    owner_path, also_visible_path = "agent", "ticket__assignee"
    label_paths = ("caller",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    line = models.ForeignKey(PhoneLine, models.PROTECT, related_name="+", verbose_name=_("telephone line"))
    external_id = models.TextField(_("key of the telephone system"))
    direction = models.TextField(_("direction"), choices=[("in", _("incoming")), ("out", _("outgoing"))], default="in")
    caller = models.TextField(_("caller"), blank=True, default="")
    called = models.TextField(_("called number"), blank=True, default="")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("customer"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", null=True, verbose_name=_("ticket"))
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("agent"))
    state = models.TextField(_("state"), choices=STATES, default="ringing")
    consent = models.TextField(_("consent to recording"), choices=CONSENTS, blank=True, default="")
    started_at = models.DateTimeField(_("began"))
    answered_at = models.DateTimeField(_("answered at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("call"), _("calls")
        constraints = [
            models.UniqueConstraint(fields=["line", "external_id"], name="call_once"),
            models.CheckConstraint(
                name="call_state",
                condition=Q(state__in=["ringing", "answered", "held"], ended_at__isnull=True) | Q(state__in=["ended", "missed", "abandoned"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="call_answered", condition=Q(state__in=["answered", "held", "ended"], answered_at__isnull=False) | Q(state__in=["ringing", "missed", "abandoned"], answered_at__isnull=True)
            ),
            models.CheckConstraint(name="call_consent", condition=Q(consent__in=["", "given", "refused"])),
            models.CheckConstraint(name="call_runs_forward", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"))),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["company"], name="call_going_on", condition=Q(state__in=["ringing", "answered", "held"])),
            models.Index(fields=["company", "caller", "-id"], name="call_of_number", condition=~Q(caller="")),
            models.Index(fields=["company", "-started_at"], name="call_by_time"),
            models.Index(fields=["ticket"], name="call_of_ticket"),
            models.Index(fields=["party", "-id"], name="call_of_party"),
        ]

    def __str__(self) -> str:
        return f"{self.caller or _('number withheld')} {self.started_at:%Y-%m-%d %H:%M}"


class CallEvent(Row):
    """What a telephone system told of a call, as it told it; the same event twice is one."""

    KINDS = (
        ("ringing", _("rings")), ("answered", _("answered")), ("held", _("put on hold")), ("resumed", _("taken up again")), ("transferred", _("transferred")),
        ("unanswered", _("not taken by the agent")), ("ended", pgettext_lazy("call", "ended")), ("consent", _("consent to recording")), ("voicemail", _("voicemail")),
        ("recording", _("recording")), ("transcript", _("transcript")),
    )  # fmt: skip
    append_only = True
    company_path, owner_path, also_visible_path = "call__company", "call__agent", "call__ticket__assignee"

    line = models.ForeignKey(PhoneLine, models.PROTECT, related_name="+", verbose_name=_("telephone line"))
    call = models.ForeignKey(Call, models.PROTECT, related_name="events", verbose_name=_("call"))
    event_id = models.TextField(_("event"))
    kind = models.TextField(_("kind"), choices=KINDS)
    at = models.DateTimeField(_("at"))
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("agent"))
    data = models.JSONField(_("what was told"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("event of a call"), _("events of calls")
        constraints = [models.UniqueConstraint(fields=["line", "event_id"], name="call_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M:%S}"


class CallRecording(Row):
    """That a call was recorded, or a message left; the audio is a file of the call until ``delete_on``, the fact stays.

    A recording needs the caller's consent, given on that call: without it the database takes none (``migrations/laws.sql``).
    """

    company_path, owner_path, also_visible_path = "call__company", "call__agent", "call__ticket__assignee"

    call = models.ForeignKey(Call, models.PROTECT, related_name="recordings", verbose_name=_("call"))
    kind = models.TextField(_("kind"), choices=[("recording", _("recording")), ("voicemail", _("voicemail"))])
    at = models.DateTimeField(_("at"))
    seconds = models.BigIntegerField(_("seconds"), null=True)
    transcript = models.TextField(_("transcript"), blank=True, default="")
    attachment = models.OneToOneField("files.Attachment", models.PROTECT, related_name="+", null=True, verbose_name=_("file"))
    delete_on = models.DateField(_("audio is deleted on"))
    deleted_at = models.DateTimeField(_("audio deleted at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("recording"), _("recordings")
        constraints = [
            models.CheckConstraint(name="deleted_recording_has_no_file", condition=Q(deleted_at__isnull=True) | Q(attachment__isnull=True))
        ]
        indexes = [models.Index(fields=["delete_on"], name="recording_to_delete", condition=Q(deleted_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class CallBack(Row):
    """A caller who was lost, or asked for it, is to be called: by when, how often that was tried, and what came of it."""

    STATES = (("open", _("to call")), ("done", _("reached")), ("given_up", _("given up")), ("not_needed", _("not needed")))
    OUTCOMES = (
        ("", _("none yet")), ("reached", _("reached")), ("no_answer", _("no answer")), ("busy", _("busy")), ("wrong_number", _("wrong number")),
    )  # fmt: skip
    owner_path, also_visible_path = "assignee", "ticket__assignee"
    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    call = models.OneToOneField(Call, models.PROTECT, related_name="callback", verbose_name=_("call"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", null=True, verbose_name=_("ticket"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("customer"))
    number = models.TextField(_("number"))
    state = models.TextField(_("state"), choices=STATES, default="open")
    due_at = models.DateTimeField(_("call by"))
    attempts = models.BigIntegerField(_("tries"), default=0)
    outcome = models.TextField(_("outcome"), choices=OUTCOMES, blank=True, default="")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("assigned to"))

    class Meta:
        verbose_name, verbose_name_plural = _("call-back"), _("call-backs")
        constraints = [
            models.CheckConstraint(
                name="callback_state",
                condition=Q(state="open") | Q(state="not_needed") | Q(state="done", outcome="reached") | Q(state="given_up", outcome__in=["no_answer", "busy", "wrong_number"]),
            ),
            models.CheckConstraint(name="callback_has_a_number", condition=~Q(number="") & Q(attempts__gte=0)),
        ]  # fmt: skip
        indexes = [models.Index(fields=["company", "due_at"], name="callback_due", condition=Q(state="open"))]

    def __str__(self) -> str:
        return self.number


class CallBackTry(Row):
    """One try to call back, and what came of it."""

    append_only = True
    company_path, owner_path, also_visible_path = "callback__company", "callback__assignee", "callback__ticket__assignee"

    callback = models.ForeignKey(CallBack, models.PROTECT, related_name="tries", verbose_name=_("call-back"))
    outcome = models.TextField(_("outcome"), choices=CallBack.OUTCOMES[1:])
    note = models.TextField(_("note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("try"), _("tries")

    def __str__(self) -> str:
        return self.outcome
