"""Consent: for which purpose and by which channel somebody may be addressed, and the proof of it (MK-01)."""

from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

EMAIL, PHONE, SMS, MESSAGE, POST = "email", "phone", "sms", "message", "post"
CHANNELS = ((EMAIL, _("e-mail")), (PHONE, _("phone")), (SMS, _("text message")), (MESSAGE, _("messaging")), (POST, _("post")))
#: The channels whose address is a telephone number.
BY_NUMBER = (PHONE, SMS, MESSAGE)

GIVEN, WITHDRAWN, EXPIRED, ASKED, CONFIRMED = "given", "withdrawn", "expired", "asked", "confirmed"
KINDS = (
    (GIVEN, _("given")),
    (WITHDRAWN, _("revoked")),
    (EXPIRED, _("run out")),
    (ASKED, _("confirmation asked for")),
    (CONFIRMED, _("confirmed by link")),
)

CONSENT, INTEREST, CONTRACT, LAW = "consent", "interest", "contract", "law"


class Purpose(Row):
    """What a company wants to use somebody's data for: marketing, a newsletter, profiling, the recording of calls.

    ``basis`` says what allows it (GDPR, article 6): *consent* must have been given; a *legitimate interest* holds until somebody objects;
    contract and law ask nobody. ``double_opt_in``: what comes by a public form counts only after its link was followed.
    """

    seldom_changes = True
    label_paths = ("name",)
    BASES = (
        (CONSENT, _("consent")),
        (INTEREST, _("legitimate interest")),
        (CONTRACT, _("contract")),
        (LAW, _("legal obligation")),
    )

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.SlugField(_("code"), max_length=50)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    basis = models.TextField(_("legal basis"), choices=BASES, default=CONSENT)
    by_email = models.BooleanField(_("by e-mail"), default=True)
    by_phone = models.BooleanField(_("by phone"), default=False)
    by_sms = models.BooleanField(_("by SMS"), default=False)
    by_message = models.BooleanField(_("by messaging"), default=False)
    by_post = models.BooleanField(_("by post"), default=False)
    double_opt_in = models.BooleanField(
        _("confirmed by link"), default=False, help_text=_("What comes by a form counts after its link was followed")
    )
    valid_months = models.BigIntegerField(_("holds for months"), null=True, blank=True, help_text=_("Empty: until it is withdrawn"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("purpose of consent"), _("purposes of consent")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="purpose_code_once"),
            models.CheckConstraint(name="purpose_has_a_channel", condition=Q(by_email=True) | Q(by_phone=True) | Q(by_sms=True) | Q(by_message=True) | Q(by_post=True)),
            models.CheckConstraint(name="purpose_holds_for_some_time", condition=Q(valid_months__isnull=True) | Q(valid_months__gt=0)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title()

    def title(self) -> str:
        """Its name in the reader's language."""
        return (self.name_it or self.name) if (translation.get_language() or "").startswith("it") else self.name

    @property
    def channels(self) -> list[str]:
        """The channels it is for, in their order."""
        return [channel for channel, _word in CHANNELS if getattr(self, f"by_{channel}")]

    @property
    def is_asked(self) -> bool:
        """Whether people decide about it."""
        return self.basis in (CONSENT, INTEREST)


class PurposeText(Row):
    """What people agree to, word for word, in one edition: written once, never altered. The highest edition is shown from then on."""

    append_only = True
    company_path = "purpose__company"

    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="texts", verbose_name=_("purpose of consent"))
    edition = models.BigIntegerField(_("edition"))
    text = models.TextField(_("text"))
    text_it = models.TextField(_("Italian text"))

    class Meta:
        verbose_name, verbose_name_plural = _("text of consent"), _("texts of consent")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "edition"], name="purpose_text_edition_once"),
            models.CheckConstraint(name="purpose_text_says_something", condition=~Q(text="") & ~Q(text_it="")),
        ]

    def __str__(self) -> str:
        return f"{self.edition}"

    def words(self, language: str) -> str:
        """The text as somebody reads it."""
        return self.text_it if language == "it" else self.text


class ConsentEvent(Row):
    """What somebody decided, and the proof of it: which text he saw, when, from which address, in which form. Never altered.

    The last event counts; *confirmation asked for* decides nothing. ``merge``: carried over from a duplicate, and void when that merge is undone.
    """

    append_only = True
    company_path = "purpose__company"

    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", db_index=False, verbose_name=_("purpose of consent"))
    channel = models.TextField(_("channel"), choices=CHANNELS)
    kind = models.TextField(_("what happened"), choices=KINDS)
    at = models.DateTimeField(_("at"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("person"))
    address = models.TextField(_("address"), blank=True, default="")
    text = models.ForeignKey(
        PurposeText, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("edition of the text")
    )
    language = models.TextField(_("language"), blank=True, default="")
    until = models.DateField(_("holds until"), null=True)
    source = models.TextField(_("came by"))
    evidence = models.TextField(_("proof"), blank=True, default="")
    remote_address = models.TextField(_("network address"), blank=True, default="")
    user_agent = models.TextField(_("program"), blank=True, default="")
    answers = models.OneToOneField("self", models.PROTECT, related_name="answered_by", null=True, verbose_name=_("confirms"))
    merge = models.ForeignKey("parties.Merge", models.PROTECT, related_name="+", null=True, verbose_name=_("merge"))
    carries = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("carries over"))

    class Meta:
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        constraints = [
            models.CheckConstraint(name="consent_of_somebody", condition=Q(party__isnull=False) | ~Q(address="")),
            models.CheckConstraint(name="consent_kind", condition=Q(kind__in=[k for k, _w in KINDS])),
            models.CheckConstraint(name="consent_channel", condition=Q(channel__in=[c for c, _w in CHANNELS])),
            models.CheckConstraint(name="consent_came_by_something", condition=~Q(source="")),
            models.CheckConstraint(name="consent_confirmed_answers", condition=Q(kind="confirmed", answers__isnull=False) | (~Q(kind="confirmed") & (Q(answers__isnull=True)))),
            models.CheckConstraint(name="consent_carried_by_a_merge", condition=Q(merge__isnull=True, carries__isnull=True) | Q(merge__isnull=False, carries__isnull=False)),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["party", "purpose", "channel"], name="consent_of_party"),
            models.Index(fields=["address", "purpose", "channel"], name="consent_of_address", condition=~Q(address="")),
            models.Index(fields=["purpose", "-at"], name="consent_of_purpose"),
            models.Index(fields=["until"], name="consent_that_ends", condition=Q(until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} {self.channel} {self.kind}"
