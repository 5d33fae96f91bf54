"""Mail accounts and how they stand, the mails that belong to a party, and mail that was held back."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

TLS, STARTTLS, PLAIN = "tls", "starttls", "plain"
SECURITY = ((TLS, _("TLS")), (STARTTLS, _("STARTTLS")), (PLAIN, _("none, on this machine only")))


#: How the house proves to a server whose mailbox it reads: by a password, or by a consent (``consenting``).
BY_PASSWORD = "password"
SIGN_INS = (
    (BY_PASSWORD, _("password")),
    ("google", "Google"),
    ("microsoft", "Microsoft"),
    ("oauth", _("consent at another server (OAuth 2.0)")),
)


class MailAccount(Row):
    """A mailbox on a mail server, of one person or (without a user) of the whole company, read by IMAP and written by SMTP.

    The password, or the tokens of a consent, are kept sealed (``sealing``), and shown to nobody. Mail from before ``since`` is not brought.
    """

    owner_path = "user"
    label_paths = ("address",)
    secret_columns = ("sealed_password",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    address = models.EmailField(_("address"), max_length=320)
    name = models.TextField(_("sender name"), blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("whose it is")
    )
    username = models.TextField(_("user name at the server"), blank=True)
    sign_in = models.TextField(_("signs in by"), choices=SIGN_INS, default=BY_PASSWORD)
    imap_host = models.TextField(_("incoming server (IMAP)"), blank=True, help_text=_("Empty for Google and Microsoft: theirs."))
    imap_port = models.BigIntegerField(_("incoming port"), default=993)
    imap_security = models.TextField(_("incoming encryption"), choices=SECURITY, default=TLS)
    smtp_host = models.TextField(_("outgoing server (SMTP)"), blank=True)
    smtp_port = models.BigIntegerField(_("outgoing port"), default=465)
    smtp_security = models.TextField(_("outgoing encryption"), choices=SECURITY, default=TLS)
    since = models.DateField(_("bring mail since"), default=timezone.localdate)
    is_active = models.BooleanField(_("active"), default=True)
    makes_leads = models.BooleanField(
        _("makes leads"),
        default=False,
        help_text=_("Who writes to this shared address becomes a lead; not where it is the address of a service mailbox"),
    )
    sealed_password = models.TextField(default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("mail account"), _("mail accounts")
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(is_active=True), name="mail_account_once"),
            models.CheckConstraint(name="mail_account_is_lower_case", condition=Q(address=Lower("address"))),
            models.CheckConstraint(name="mail_account_of_leads_is_shared", condition=Q(makes_leads=False) | Q(user__isnull=True)),
            models.CheckConstraint(name="mail_account_has_a_server", condition=~Q(imap_host="")),
            models.CheckConstraint(name="mail_account_signs_in", condition=Q(sign_in__in=[key for key, _word in SIGN_INS])),
            models.CheckConstraint(name="mail_account_ports", condition=Q(imap_port__range=(1, 65535), smtp_port__range=(1, 65535))),
        ]
        indexes = [models.Index(fields=["user"], name="mail_account_of_user")]

    def __str__(self) -> str:
        return self.address


class MailStanding(models.Model):
    """How reading an account stands: written with the mails it brought, so that it says what is true.

    ``behind`` are mails seen on the server and not brought yet; ``failures`` in a row; ``problem`` is a key of ``standing.PROBLEMS``.
    """

    company_path, owner_path = "account__company", "account__user"

    account = models.OneToOneField(MailAccount, models.CASCADE, related_name="standing", verbose_name=_("mail account"))
    tried_at = models.DateTimeField(_("last tried"), null=True)
    succeeded_at = models.DateTimeField(_("last success"), null=True)
    next_at = models.DateTimeField(_("next attempt"), null=True)
    brought = models.BigIntegerField(_("mails read"), default=0)
    kept = models.BigIntegerField(_("mails kept"), default=0)
    held = models.BigIntegerField(_("held back"), default=0)
    behind = models.BigIntegerField(_("still to bring"), default=0)
    failures = models.BigIntegerField(_("failures in a row"), default=0)
    problem = models.TextField(_("problem"), default="")
    detail = models.TextField(_("what the server said"), default="")

    class Meta:
        verbose_name, verbose_name_plural = _("state of a mail account"), _("states of mail accounts")

    def __str__(self) -> str:
        return str(self.account_id)


class MailFolder(models.Model):
    """How far a folder of an account was read: every mail up to ``last_uid`` is filed, as long as the server's UIDVALIDITY stays."""

    company_path, owner_path = "account__company", "account__user"

    account = models.ForeignKey(MailAccount, models.CASCADE, related_name="folders", verbose_name=_("mail account"))
    name = models.TextField(_("folder"))
    uid_validity = models.BigIntegerField(_("generation of numbers"))
    last_uid = models.BigIntegerField(_("read up to number"), default=0)
    brought = models.BigIntegerField(_("mails read"), default=0)
    behind = models.BigIntegerField(_("still to bring"), default=0)
    read_at = models.DateTimeField(_("last read"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("folder of a mail account"), _("folders of mail accounts")
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="mail_folder_once")]

    def __str__(self) -> str:
        return self.name


class MailMessage(Row):
    """A mail from or to a known party, once however often it comes. It stays as it is; its owner may keep it to himself.

    ``thread`` is the Message-ID of the mail a conversation began with. ``party`` is the first of those it concerns.
    """

    IN, OUT = "in", "out"
    owner_path, also_visible_path = "account__user", "party__salesperson"
    only_owner_sees = Q(is_private=True)
    label_paths = ("subject",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    account = models.ForeignKey(MailAccount, models.PROTECT, related_name="+", verbose_name=_("mail account"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))
    at = models.DateTimeField(_("at"))
    direction = models.TextField(_("direction"), choices=[(IN, _("received")), (OUT, _("sent"))])
    sender = models.TextField(_("sender"))
    sender_name = models.TextField(_("sender's name"), blank=True)
    recipients: Any = models.JSONField(_("recipients"), default=list)
    subject = models.TextField(_("subject"), blank=True)
    body = models.TextField(_("text"), blank=True)
    body_html = models.TextField(_("formatted text"), blank=True)
    message_id = models.TextField(_("Message-ID"))
    in_reply_to = models.TextField(_("in reply to"), blank=True)
    thread = models.TextField(_("conversation"))
    folder = models.TextField(_("folder"), blank=True)
    is_private = models.BooleanField(_("private"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("mail"), _("mails")
        constraints = [
            models.UniqueConstraint(fields=["company", "message_id"], name="mail_once"),
            models.CheckConstraint(name="mail_goes_in_or_out", condition=Q(direction__in=["in", "out"])),
        ]
        indexes = [
            models.Index(fields=["company", "thread", "at"], name="mail_of_thread"),
            models.Index(fields=["party", "-at"], name="mail_of_party"),
            models.Index(fields=["account", "-id"], name="mail_of_account"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id


class MailParty(models.Model):
    """A party that a mail concerns."""

    append_only = True
    company_path, owner_path = "mail__company", "mail__account__user"

    mail = models.ForeignKey(MailMessage, models.CASCADE, related_name="parties", verbose_name=_("mail"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("party"))

    class Meta:
        verbose_name, verbose_name_plural = _("party of a mail"), _("parties of mails")
        constraints = [models.UniqueConstraint(fields=["mail", "party"], name="mail_party_once")]

    def __str__(self) -> str:
        return f"{self.mail_id} {self.party_id}"


class QuarantinedMail(Row):
    """A mail that was held back, and why; the mailbox went on. ``raw`` is its beginning, at most one megabyte.

    Of a person's own account nothing is kept but where it lies and why, unless it is from a known party.
    """

    REASONS = (
        ("too_large", _("too large")),
        ("header_too_large", _("headers too large")),
        ("too_many_headers", _("too many headers")),
        ("too_many_parts", _("too many parts")),
        ("too_deep", _("parts nested too deeply")),
        ("nul", _("holds a character that cannot be stored")),
        ("broken", _("cannot be read")),
        ("too_costly", _("takes too long to read")),
        ("automatic", _("sent by a machine")),
        ("own_address", _("sent from our own address")),
        ("flood", _("too many messages from one sender")),
        ("no_sender", _("no sender")),
        ("no_mailbox", _("to no mailbox of ours")),
        ("refused", _("could not be filed")),
    )
    secret_columns = ("raw",)
    shared_when_no_company = True
    owner_path = "account__user"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", null=True, verbose_name=_("company"))
    account = models.ForeignKey(MailAccount, models.PROTECT, related_name="+", null=True, verbose_name=_("mail account"))
    at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"), choices=REASONS)
    explanation = models.TextField(_("explanation"), blank=True)
    sender = models.TextField(_("sender"), blank=True)
    subject = models.TextField(_("subject"), blank=True)
    digest = models.TextField(_("fingerprint"), unique=True)
    size = models.BigIntegerField(_("size in bytes"))
    raw = models.BinaryField()
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)
    reviewed_by = models.TextField(_("reviewed by"), blank=True)

    label_paths = ("subject",)

    class Meta:
        verbose_name, verbose_name_plural = _("quarantined mail"), _("quarantined mail")
        indexes = [models.Index(fields=["-at"], name="quarantine_to_review", condition=Q(reviewed_at__isnull=True))]

    def __str__(self) -> str:
        return self.subject or self.sender or self.digest[:12]


class CalendarFeed(Row):
    """An address by which a calendar program reads one person's entries. Only a digest of its secret is kept; a new one ends the old one."""

    company_path, owner_path = None, "user"
    secret_columns = ("digest", "read_on")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("whose it is"))
    name = models.TextField(_("name"))
    digest = models.TextField(null=True, unique=True, editable=False)
    read_on = models.DateField(_("last read on"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("calendar feed"), _("calendar feeds")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="calendar_feed_once"),
            models.CheckConstraint(name="calendar_feed_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarAccount(Row):
    """A person's calendar on a CalDAV server, kept in step with what stands in the house. ``url`` is the calendar's own address."""

    owner_path = "user"
    label_paths = ("url",)
    secret_columns = ("sealed_password",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("whose it is"))
    url = models.TextField(_("address of the calendar (CalDAV)"))
    username = models.TextField(_("user name at the server"))
    is_active = models.BooleanField(_("active"), default=True)
    sealed_password = models.TextField(default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("calendar account"), _("calendar accounts")
        constraints = [
            models.UniqueConstraint(fields=["user", "url"], name="calendar_account_once"),
            models.CheckConstraint(name="calendar_account_url", condition=Q(url__regex=r"^https?://[^/\s@]+/")),
        ]

    def __str__(self) -> str:
        return self.url


class CalendarStanding(models.Model):
    """How keeping a calendar in step stands; written with what was brought. ``sync_token`` is where the server's changes were read up to."""

    company_path, owner_path = "account__company", "account__user"

    account = models.OneToOneField(CalendarAccount, models.CASCADE, related_name="standing", verbose_name=_("calendar account"))
    tried_at = models.DateTimeField(_("last tried"), null=True)
    succeeded_at = models.DateTimeField(_("last success"), null=True)
    next_at = models.DateTimeField(_("next attempt"), null=True)
    brought = models.BigIntegerField(_("changes brought"), default=0)
    sent = models.BigIntegerField(_("changes sent"), default=0)
    conflicts = models.BigIntegerField(_("changed on both sides"), default=0)
    refused = models.BigIntegerField(_("entries not taken"), default=0)
    behind = models.BigIntegerField(_("still to bring"), default=0)
    failures = models.BigIntegerField(_("failures in a row"), default=0)
    problem = models.TextField(_("problem"), default="")
    detail = models.TextField(_("what the server said"), default="")
    last_conflict = models.TextField(_("last changed on both sides"), default="")
    sync_token = models.TextField(default="")

    class Meta:
        verbose_name, verbose_name_plural = _("state of a calendar account"), _("states of calendar accounts")

    def __str__(self) -> str:
        return str(self.account_id)


class CalendarItem(models.Model):
    """An entry of a calendar (``path`` and ``etag`` there) and what it is in the house (``entry_uid``; ``entry_sequence`` as it was when both
    sides said the same). ``recurrence`` is the date of one of a series, which is read and not written. Empty ``entry_uid``: nobody known takes part."""

    company_path, owner_path = "account__company", "account__user"

    account = models.ForeignKey(CalendarAccount, models.CASCADE, related_name="items", verbose_name=_("calendar account"))
    path = models.TextField(_("address"))
    etag = models.TextField(default="")
    recurrence = models.TextField(default="")
    entry_uid = models.TextField(default="")
    entry_sequence = models.BigIntegerField(default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("entry of a calendar account"), _("entries of calendar accounts")
        constraints = [
            models.UniqueConstraint(fields=["account", "path", "recurrence"], name="calendar_item_once"),
            models.UniqueConstraint(fields=["account", "entry_uid"], name="calendar_entry_once", condition=~Q(entry_uid="")),
        ]

    def __str__(self) -> str:
        return self.path
