"""How purposes, their texts and what people decided are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.consent import actions, mailing, refusals  # noqa: F401  verbs, what is judged in the outbox and sentences are declared on import
from fondaco.masterdata.consent.models import ConsentEvent, Purpose, PurposeText
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


@register
class PurposeResource(Resource):
    model, key = Purpose, "purposes"
    title, title_one, job, icon = _("Purposes of consent"), _("Purpose of consent"), "set_up", "note"
    view_permission, write_permission = "consent.view_purpose", "consent.write_purpose"
    columns = ["code", "name", "name_it", "basis", "double_opt_in", "valid_months", "is_active", "company"]
    writable = [
        "company", "code", "name", "name_it", "basis", "by_email", "by_phone", "by_sms", "by_message", "by_post", "double_opt_in", "valid_months", "is_active",
    ]  # fmt: skip
    fields = writable
    filters, search, sort = ["company", "basis", "is_active"], ["code", "name", "name_it"], "code"
    lines = [
        Lines(
            PurposeText,
            "purpose",
            ["edition", Column("created_at", _("Recorded at"), "moment"), Column("created_by", _("Recorded by")), "text", "text_it"],
            title=_("Texts"),
            order=("-edition",),
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.code = d.row.code.strip().lower()


@register
class ConsentEventResource(Resource):
    """What people decided, with the proof; exported, it answers who asks what we keep of him (GDPR, article 15)."""

    model, key = ConsentEvent, "consents"
    title, title_one, job, icon = _("Consents"), _("Consent"), "sell", "check"
    group, place = "customers", 40
    view_permission = "consent.view_consent"
    columns = ["at", "party", "address", "purpose", "channel", "kind", "until", "source"]
    fields = [
        *columns, "evidence", Column("text__edition", _("Edition of the text")), "language", Column("text__text", _("Text shown")), Column("text__text_it", _("Italian text")),
        "remote_address", "user_agent", "answers", "merge", Column("created_by", _("Recorded by")), Column("created_at", _("Recorded at"), "moment"), Column("purpose__company", _("Company")),
    ]  # fmt: skip
    filters = ["party", "purpose", "channel", "kind", "at", "address", "purpose__company", "until"]
    search, sort = ["address", "party", "source"], "-at"
