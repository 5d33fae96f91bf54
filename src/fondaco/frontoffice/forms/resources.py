"""How forms and what they brought are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.forms import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.frontoffice.forms.models import Form, FormBlock, FormField, Submission
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Draft, Lines, Resource, register


@register
class FormResource(Resource):
    model, key = Form, "forms"
    title, title_one, job, icon = _("Forms"), _("Form"), "sell", "note"
    group, place = "set_up", 8
    view_permission, write_permission = "forms.view_form", "forms.write_form"
    columns = ["name", "target", "campaign", "queue", "is_open", "company"]
    writable = [
        "company", "name", "target", "campaign", "queue", "title", "title_it", "thanks", "thanks_it", "privacy_url", "embed_in", "least_seconds", "most_an_hour", "is_open",
    ]  # fmt: skip
    fields = writable
    filters, search, sort = ["company", "target", "is_open", "campaign"], ["name", "title"], "name"
    lines = [
        Lines(
            FormField, "form", ["kind", "label", "label_it", "is_required", "options", "purpose", "channel"],
            writable=["kind", "label", "label_it", "is_required", "options", "purpose", "channel"], title=_("Fields"),
        ),
        Lines(FormBlock, "form", ["kind", "text", "text_it", "picture"], writable=["kind", "text", "text_it", "picture"], paragraphs=["text", "text_it"], title=_("Blocks of the page")),
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.embed_in = " ".join(site.rstrip("/") for site in d.row.embed_in.split())
            for line in d.lines:
                if isinstance(line, FormField) and line.kind == "choice":
                    line.options = " | ".join(line.choices())
                if isinstance(line, FormField) and line.kind != "consent":
                    line.channel = ""


@register
class SubmissionResource(Resource):
    model, key = Submission, "submissions"
    title, title_one, job, icon = _("Submissions"), _("Submission"), "sell", "note"
    group, place = "customers", 41
    view_permission = "forms.view_submission"
    columns = ["at", "form", "contact", "verdict", "source", "campaign", "lead", "ticket"]
    fields = [*columns, "said", "after_all", "party", "language", "medium", "referrer", "remote_address", "user_agent"]
    filters, search, sort = ["form", "form__company", "verdict", "source", "campaign", "at", "party"], ["contact", "said"], "-at"
