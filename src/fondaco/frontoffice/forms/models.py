"""Forms and landing pages for everybody: what is asked, what was sent, and how many of those who looked did send (MK-05, SV-01)."""

from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.consent.models import CHANNELS
from fondaco.platform.access.links import new_secret
from fondaco.platform.database.rows import Row


def new_token() -> str:
    """The part of a form's address that names it; public, and guessed by nobody."""
    return new_secret()[:22]


def _read(row: models.Model, field: str) -> str:
    """A text in the reader's language; the other one where it is missing."""
    own, italian = getattr(row, field), getattr(row, f"{field}_it")
    return (italian or own) if (translation.get_language() or "").startswith("it") else (own or italian)


class Form(Row):
    """A page that anybody may fill in: it makes a lead or a ticket. ``embed_in`` are the sites (origins) that may show it in a frame."""

    seldom_changes = True
    label_paths = ("name",)
    LEAD, TICKET = "lead", "ticket"
    TARGETS = ((LEAD, _("lead")), (TICKET, _("ticket")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    token = models.TextField(unique=True, default=new_token, editable=False)
    target = models.TextField(_("makes"), choices=TARGETS, default=LEAD)
    is_open = models.BooleanField(_("open"), default=True)
    campaign = models.TextField(_("campaign"), blank=True)
    queue = models.TextField(_("queue"), blank=True, help_text=_("Of the tickets it opens"))
    title = models.TextField(_("title"))
    title_it = models.TextField(_("Italian title"), blank=True)
    thanks = models.TextField(_("what is said afterwards"), blank=True)
    thanks_it = models.TextField(_("what is said afterwards, in Italian"), blank=True)
    privacy_url = models.URLField(_("privacy notice (address)"), blank=True)
    embed_in = models.TextField(
        _("sites that may show it"), blank=True, help_text=_("Such as https://www.example.com, one after the other")
    )
    least_seconds = models.BigIntegerField(_("least time to fill it in (seconds)"), default=3)
    most_an_hour = models.BigIntegerField(_("at most an hour from one network address"), default=20)

    class Meta:
        verbose_name, verbose_name_plural = _("form"), _("forms")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="form_name_once"),
            models.CheckConstraint(name="form_target", condition=Q(target__in=["lead", "ticket"])),
            models.CheckConstraint(name="form_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(name="form_limits", condition=Q(least_seconds__gte=0, least_seconds__lte=60, most_an_hour__gte=1, most_an_hour__lte=1000)),
            models.CheckConstraint(name="form_embedded_by_origins", condition=Q(embed_in="") | Q(embed_in__regex=r"^https?://[A-Za-z0-9.:-]+(\s+https?://[A-Za-z0-9.:-]+)*$")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Its address on this server."""
        return f"/f/{self.token}"

    def said(self, field: str) -> str:
        """Title or thanks in the reader's language."""
        return _read(self, field)


class FormField(Row):
    """One thing that a form asks. Each kind of field once, but for choices and consent; a box of consent is never asked for as a must."""

    seldom_changes = True
    company_path = "form__company"
    KINDS = (
        ("name", _("name")),
        ("organisation", _("organisation")),
        ("email", _("e-mail")),
        ("phone", _("phone")),
        ("vat_number", _("VAT number")),
        ("postal_code", _("postal code")),
        ("city", _("city")),
        ("subject", _("subject")),
        ("message", _("message")),
        ("choice", _("choice")),
        ("consent", _("consent")),
    )

    form = models.ForeignKey(Form, models.CASCADE, related_name="fields")
    position = models.BigIntegerField(default=0)
    kind = models.TextField(_("asks for"), choices=KINDS)
    label = models.TextField(_("label"), blank=True)
    label_it = models.TextField(_("Italian label"), blank=True)
    is_required = models.BooleanField(_("must be filled in"), default=False)
    options = models.TextField(_("choices"), blank=True, help_text=_("One after the other, with | between them"))
    purpose = models.ForeignKey(
        "consent.Purpose", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("purpose of consent")
    )
    channel = models.TextField(_("channel"), choices=CHANNELS, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("field"), _("fields")
        constraints = [
            models.CheckConstraint(name="form_field_kind", condition=Q(kind__in=[
                "name", "organisation", "email", "phone", "vat_number", "postal_code", "city", "subject", "message", "choice", "consent"])),
            models.CheckConstraint(name="form_choice_has_choices", condition=~Q(kind="choice") | ~Q(options="") & ~Q(label="")),
            models.CheckConstraint(name="form_consent_has_a_purpose", condition=Q(kind="consent", purpose__isnull=False, is_required=False) & ~Q(channel="") | ~Q(kind="consent") & Q(purpose__isnull=True)),
            models.UniqueConstraint(fields=["form", "kind"], condition=~Q(kind__in=["choice", "consent"]), name="form_field_once"),
            models.UniqueConstraint(fields=["form", "purpose", "channel"], condition=Q(kind="consent"), name="form_consent_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.form_id} {self.kind}"

    def choices(self) -> list[str]:
        """What a choice offers."""
        return [option for part in self.options.split("|") if (option := part.strip())]

    def said(self) -> str:
        """Its label in the reader's language; the usual word where it has none."""
        return _read(self, "label") or str(dict(self.KINDS)[self.kind]).capitalize()


class FormBlock(Row):
    """What a landing page shows besides the form: headings, text, pictures; ``form`` says where the form stands."""

    seldom_changes = True
    company_path = "form__company"
    KINDS = (
        ("heading", _("heading")),
        ("text", _("text")),
        ("point", _("point of a list")),
        ("picture", _("picture")),
        ("form", _("form")),
    )

    form = models.ForeignKey(Form, models.CASCADE, related_name="blocks")
    position = models.BigIntegerField(default=0)
    kind = models.TextField(_("kind"), choices=KINDS, default="text")
    text = models.TextField(_("text"), blank=True)
    text_it = models.TextField(_("Italian text"), blank=True)
    picture = models.TextField(_("file of the picture"), blank=True, help_text=_("The name of a file put on this form"))

    class Meta:
        verbose_name, verbose_name_plural = _("block"), _("blocks")
        constraints = [
            models.CheckConstraint(name="form_block_kind", condition=Q(kind__in=["heading", "text", "point", "picture", "form"])),
            models.CheckConstraint(name="form_block_shows_something", condition=Q(kind="form") | (Q(kind="picture") & ~Q(picture="")) | (Q(kind__in=["heading", "text", "point"]) & (~Q(text="") | ~Q(text_it="")))),
            models.UniqueConstraint(fields=["form"], condition=Q(kind="form"), name="form_block_of_the_form_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.form_id} {self.kind}"

    def said(self) -> str:
        """Its text in the reader's language."""
        return _read(self, "text")


class FormVisits(models.Model):
    """How often a form was opened on a day by way of a source and campaign; a counter."""

    company_path = "form__company"

    form = models.ForeignKey(Form, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField(_("date"))
    source = models.TextField(_("source"), blank=True)
    campaign = models.TextField(_("campaign"), blank=True)
    visits = models.BigIntegerField(_("visits"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("visits of a form"), _("visits of forms")
        constraints = [models.UniqueConstraint(fields=["form", "on", "source", "campaign"], name="form_visits_once_a_day")]

    def __str__(self) -> str:
        return f"{self.form_id} {self.on} {self.visits}"


class Submission(Row):
    """What somebody sent by a form, as it came; never altered. ``stamp`` is the page it came from: the same one twice is once.

    What a machine filled in is kept too, as *spam*, and makes neither lead nor ticket; where somebody of the house takes it in all the same, that is
    another row, with the same words, which names it as ``after_all``.
    """

    TAKEN, SPAM = "taken", "spam"
    append_only = True
    company_path = "form__company"
    label_paths = ("contact",)

    form = models.ForeignKey(Form, models.PROTECT, related_name="+", db_index=False, verbose_name=_("form"))
    at = models.DateTimeField(_("at"))
    stamp = models.TextField()
    verdict = models.TextField(_("verdict"), choices=[(TAKEN, _("taken")), (SPAM, _("spam"))])
    contact = models.TextField(_("contact"), blank=True)
    said = models.TextField(_("what was sent"), blank=True)
    answers = models.JSONField(default=dict)
    language = models.TextField(_("language"), blank=True)
    source = models.TextField(_("source"), blank=True)
    medium = models.TextField(_("medium"), blank=True)
    campaign = models.TextField(_("campaign"), blank=True)
    referrer = models.TextField(_("came from"), blank=True)
    remote_address = models.TextField(_("network address"), blank=True)
    user_agent = models.TextField(_("program"), blank=True)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("party"))
    lead = models.ForeignKey("crm.Lead", models.PROTECT, related_name="+", null=True, verbose_name=_("lead"))
    ticket = models.ForeignKey("service.Ticket", models.PROTECT, related_name="+", null=True, verbose_name=_("ticket"))
    after_all = models.OneToOneField("self", models.PROTECT, related_name="taken_as", null=True, verbose_name=_("taken in after all"))

    class Meta:
        verbose_name, verbose_name_plural = _("submission"), _("submissions")
        constraints = [
            models.UniqueConstraint(fields=["form", "stamp"], name="submission_once"),
            models.CheckConstraint(name="submission_after_all_is_taken", condition=Q(after_all__isnull=True) | Q(verdict="taken")),
            models.CheckConstraint(name="submission_made_something", condition=Q(verdict="spam", lead__isnull=True, ticket__isnull=True) | (Q(verdict="taken") & (Q(lead__isnull=False, ticket__isnull=True) | Q(lead__isnull=True, ticket__isnull=False)))),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["form", "-at"], name="submission_of_form"),
            models.Index(fields=["remote_address", "-at"], name="submission_of_address"),
        ]

    def __str__(self) -> str:
        return self.contact
