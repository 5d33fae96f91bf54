"""How lines, calls, call-backs and recordings are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.telephony import actions, background, refusals  # noqa: F401  verbs, daily work and sentences are declared on import
from fondaco.frontoffice.telephony.lookup import callers, number_of
from fondaco.frontoffice.telephony.models import Call, CallBack, CallBackTry, CallEvent, CallNotice, CallRecording, Extension, PhoneLine
from fondaco.frontoffice.telephony.refusals import NoSuchNumber
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register


@register
class PhoneLineResource(Resource):
    model, key = PhoneLine, "phone-lines"
    title, title_one, job, icon = _("Telephone lines"), _("Telephone line"), "serve", "phone"
    group, place = "set_up", 10
    view_permission, write_permission = "telephony.view_line", "telephony.write_line"
    columns = ["name", "number", "queue", "topic", "language", "records", "retention_days", "is_active"]
    writable = [
        "company", "name", "number", "language", "queue", "topic", "greeting", "calendar", "ring_seconds", "longest_wait_seconds", "takes_voicemail", "records",
        "retention_days", "callback_minutes", "callback_attempts", "callback_pause_minutes", "account", "is_active",
    ]  # fmt: skip
    fields = writable
    filters, search, sort = ["company", "is_active", "queue"], ["name", "number"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            country = companies_of([d.row.company_id])[d.row.company_id].country_id or ""
            number = number_of(d.row.number, country)
            if not number:
                raise NoSuchNumber(number=d.row.number, fields={"number": _now("no number")})
            d.row.number, d.row.account = number, d.row.account.strip()

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        line = PhoneLine.objects.get(pk=pk)
        if line.sealed_secret or line.sealed_token:
            return ()
        return (
            Wrong(_("Its doors are closed: it has neither a secret for the telephone system nor Twilio's token, so no call is told of.")),
        )


@register
class ExtensionResource(Resource):
    model, key = Extension, "extensions"
    title, title_one, job, icon = _("Extensions"), _("Extension"), "serve", "phone"
    group, place = "set_up", 11
    view_permission, write_permission = "telephony.view_line", "telephony.write_line"
    columns = ["user", "extension", "company"]
    writable = ["company", "user", "extension"]
    filters, search, sort = ["company", "user"], ["extension", "user"], "extension"


@register
class CallResource(Resource):
    model, key = Call, "calls"
    title, title_one, job, icon = _("Calls"), _("Call"), "serve", "phone"
    place = 20
    view_permission = "telephony.view_call"
    columns = [Column("started_at", kind="moment"), "caller", "party", "state", "agent", "ticket", "line", "direction"]
    fields = [
        "started_at",
        "answered_at",
        "ended_at",
        "state",
        "direction",
        "caller",
        "called",
        "party",
        "ticket",
        "agent",
        "line",
        "consent",
        "company",
    ]
    filters = ["company", "state", "direction", "agent", "party", "line", "consent", "started_at", "ticket"]
    conditions = {
        "live": (_("going on"), lambda: Q(state__in=Call.LIVE)),
        "lost": (_("lost"), lambda: Q(state__in=Call.LOST, direction="in")),
        "recorded": (_("with audio"), lambda: Q(recordings__attachment__isnull=False)),
    }
    search, sort = ["caller", "called", "party"], "-started_at"
    lines = [
        Lines(
            CallRecording,
            "call",
            ["kind", "at", "seconds", "attachment", "transcript", "delete_on", "deleted_at"],
            title=_("Recordings and messages"),
            order=("id",),
        ),
        Lines(CallEvent, "call", ["at", "kind", "agent"], title=_("What was told"), order=("at", "id")),
    ]

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        call = Call.objects.get(pk=pk)
        if call.party_id or not call.caller or call.direction != "in":
            return ()
        names = [c.name for c in callers([call.caller])[call.caller]]
        cure, url = (_("Say who calls"), f"{cls.url()}/sheet/identify?ids={pk}") if actor.may("telephony.take_call") else ("", "")
        if not names:
            return (Wrong(_("Nobody known has this number. Say who calls, and write the number on his page."), cure, url, asks=True),)
        return (Wrong(_now("Several have this number: {names}. Say who calls.").format(names=", ".join(names)), cure, url, asks=True),)


@register
class CallBackResource(Resource):
    model, key = CallBack, "call-backs"
    title, title_one, job, icon = _("Call-backs"), _("Call-back"), "serve", "phone"
    place = 21
    view_permission = "telephony.view_call"
    columns = [Column("due_at", kind="moment"), "number", "party", "state", "attempts", "outcome", "assignee", "ticket"]
    fields = [*columns, "call", "company"]
    filters = ["company", "state", "assignee", "party", "outcome", "due_at"]
    conditions = {
        "due": (_("due"), lambda: Q(state="open", due_at__lte=timezone.now())),
    }
    search, sort = ["number", "party"], "due_at"
    lines = [
        Lines(
            CallBackTry,
            "callback",
            [Column("created_at", _("tried at")), "outcome", "note", Column("created_by", _("tried by"))],
            title=_("Tries"),
            order=("id",),
        )
    ]


@register
class CallNoticeResource(Resource):
    model, key = CallNotice, "call-notices"
    title, title_one, job, icon = _("Notices of calls not taken"), _("Notice of calls"), "serve", "phone"
    group, place = "set_up", 12
    view_permission = "telephony.review_notice"
    columns = [Column("received_at", kind="moment"), "line", "trouble", "reviewed_at"]
    fields = [*columns, "reviewed_by"]
    filters, search, sort = ["line", "received_at"], ["trouble"], "-received_at"
    conditions = {"to_review": (_("to review"), lambda: ~Q(trouble="") & Q(reviewed_at__isnull=True))}
