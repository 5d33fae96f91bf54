"""What forms bring (MK-05): visits, submissions and the share of those who send, by form and source; and how a form stands on another site."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.forms.models import Form
from fondaco.frontoffice.forms.queries import Brought, brought
from fondaco.frontoffice.forms.taking import fields_of, name_of
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

PATH, RIGHT = "/sell/forms", "forms.view_submission"
SCREENS.append(Screen("sell", "reports", 8, gettext_lazy("What forms bring"), PATH, RIGHT))
SPANS = {"30": gettext_lazy("30 days"), "90": gettext_lazy("90 days"), "365": gettext_lazy("a year")}


@door(RIGHT, "GET")
def results(request: HttpRequest) -> HttpResponse:
    """Forms of the company with what they brought lately; each with its address and the text that puts it on another site."""
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    days = request.GET.get("days", "") if request.GET.get("days", "") in SPANS else "90"
    today = today_of(request)
    rows = brought(company, today - timedelta(days=int(days) - 1), today)
    formats = formats_of(request)
    forms = list(Form.objects.filter(company=company).order_by("name"))
    shown = [_form(request, form, [r for r in rows if r.form == form.pk], formats) for form in forms]
    bars = [
        {"label": f["name"], "value": f["share"], "shown": f["rate"] or "–", "url": f"#form-{f['key']}"} for f in shown if f["visits_count"]
    ]
    chart = (
        {
            "title": _("Share of visitors who send"),
            "story": _("Of everybody who opened a form, so many sent it; spam is left out."),
            "bars": bars,
        }
        if bars
        else None
    )
    context = {
        "title": _("What forms bring"), "path": PATH, "forms": shown, "chart": chart,
        "spans": {"name": "days", "label": _("Stretch"), "kind": "select", "options": [(k, str(w)) for k, w in SPANS.items()], "value": days},
    }  # fmt: skip
    return page(request, "web/form_results.html", context)


def _form(request: HttpRequest, form: Form, rows: list[Brought], formats: Formatting) -> dict[str, Any]:
    visits, sent = sum(r.visits for r in rows), sum(r.sent for r in rows)
    whole = Brought(form.pk, form.name, "", "", visits, sent).rate
    ways = sorted(rows, key=lambda r: (-r.sent, -r.visits, r.source))
    return {
        "key": form.pk, "name": form.name, "record": f"/forms/{form.pk}", "open": form.is_open, "url": absolute(request, form.path), "preview": f"{form.path}?preview=1",
        "share": float((whole or ZERO) * 100), "rate": "" if whole is None else formats.percent(whole), "visits_count": visits,
        "visits": formats.quantity(visits), "sent": formats.quantity(sent), "snippet": _snippet(request, form), "frame": _frame(request, form),
        "ways": [
            {
                "source": r.source or _("directly"), "campaign": r.campaign, "visits": formats.quantity(r.visits), "sent": formats.quantity(r.sent),
                "rate": "" if r.rate is None else formats.percent(r.rate), "list": f"/submissions?form={form.pk}" + (f"&source={r.source}" if r.source else ""),
            }
            for r in ways
        ],
    }  # fmt: skip


def _snippet(request: HttpRequest, form: Form) -> str:
    """A plain HTML form for another site: what is sent by it is shown once more here, to be sent."""
    lines = [f'<form method="post" action="{absolute(request, form.path)}">']
    for field in fields_of(form):
        if field.kind in ("name", "organisation", "email", "phone", "subject"):
            kind = {"email": "email", "phone": "tel"}.get(field.kind, "text")
            lines.append(f'  <label>{field.said()} <input type="{kind}" name="{name_of(field)}"></label>')
        elif field.kind == "message":
            lines.append(f'  <label>{field.said()} <textarea name="{name_of(field)}"></textarea></label>')
    return "\n".join([*lines, f"  <button>{_('Send')}</button>", "</form>"])


def _frame(request: HttpRequest, form: Form) -> str:
    return (
        f'<iframe src="{absolute(request, form.path)}" title="{form.said("title")}" width="100%" height="700"></iframe>'
        if form.embed_in
        else ""
    )
