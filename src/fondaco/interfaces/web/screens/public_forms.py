"""Forms and landing pages for everybody (MK-05, SV-01): no sign-in, no script, no cookie; the stamp in the page stands for its session."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.forms.models import Form, FormBlock, FormField
from fondaco.frontoffice.forms.refusals import NotFilledIn, TooLarge, TooOften
from fondaco.frontoffice.forms.stamping import Stamp, came_by, read
from fondaco.frontoffice.forms.taking import LONG, SHORT, TRAP, Sender, count_visit, fields_of, form_behind, name_of, take
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, door
from fondaco.interfaces.web.errors import refused
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.marking import inline, marked
from fondaco.interfaces.web.middleware import POLICY
from fondaco.masterdata.consent.queries import current_texts
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import read as read_file

#: Bytes of all that somebody sends by a form.
LARGEST = 256 * 1024
KINDS = {"email": "email", "phone": "tel", "message": "textarea", "choice": "select", "consent": "check"}
AUTOFILL = {
    "name": "name",
    "organisation": "organization",
    "email": "email",
    "phone": "tel",
    "postal_code": "postal-code",
    "city": "address-level2",
}
#: Pictures that a page shows, by how they begin; nothing else leaves by this way.
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@door(PUBLIC, "GET", "POST", channel=SIGNED, refuse=refused)
def form(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a form; POST takes what was filled in. A POST without a stamp (a plain HTML form on another site) is shown to be sent from here."""
    found = form_behind(token)
    size = request.headers.get("Content-Length") or "0"
    if not size.isdecimal() or int(size) > LARGEST:
        raise TooLarge(limit=LARGEST)
    language = _language(request)
    with translation.override(language):
        response = _taken(request, found, language) if request.method == "POST" else _opened(request, found, language)
    return _framed(found, response)


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "") or request.POST.get("lang", "")
    return asked if asked in ("en", "it") else ("it" if translation.get_language_from_request(request).startswith("it") else "en")


def _framed(found: Form, response: HttpResponse) -> HttpResponse:
    """In whose frames the page may stand: those that the form names, nobody else's. No other site's script ever reads it (no CORS)."""
    sites = found.embed_in or "'none'"
    response["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {sites}")
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _fresh(request: HttpRequest, found: Form, language: str) -> Stamp:
    way = came_by(request.GET if request.method == "GET" else request.POST, request.headers.get("Referer", ""))
    purposes = {f.purpose_id for f in fields_of(found) if f.purpose_id}
    return Stamp(found.pk, language, texts={str(key): text.pk for key, text in current_texts(purposes).items()}, **way)


def _opened(request: HttpRequest, found: Form, language: str) -> HttpResponse:
    stamp = _fresh(request, found, language)
    if "preview" not in request.GET:
        count_visit(found, stamp)
    return _drawn(request, found, stamp, {})


def _taken(request: HttpRequest, found: Form, language: str) -> HttpResponse:
    sent = {name: str(request.POST.get(name, "")) for name in list(request.POST)[:200]}
    stamp = read(sent.get("stamp", ""), found.pk)
    if stamp is None:
        return _drawn(request, found, _fresh(request, found, language), sent, note=_("Look it over once more, and send it."))
    with translation.override(stamp.language):
        if stamp.age() < found.least_seconds:
            return _drawn(request, found, stamp, sent, note=_("That was quick. Look it over once more, and send it."))
        sender = Sender(client_address(request), request.headers.get("User-Agent", "").replace("\x00", ""))
        try:
            take(found, stamp, sent, sender)
        except NotFilledIn as refusal:
            return _drawn(request, found, stamp, sent, wrong=refusal.fields, status=422)
        except (InvalidInput, TooOften) as refusal:
            return _drawn(request, found, stamp, sent, note=refusal.sentence(), status=refusal.status)
        context = {
            "title": found.said("title"),
            "thanks": inline(found.said("thanks") or _("Thank you. We will be in touch with you.")),
            "sender": _sender(found),
        }
        return page(request, "web/public_thanks.html", context)


def _drawn(
    request: HttpRequest, found: Form, stamp: Stamp, sent: dict[str, str], *, wrong: dict[str, str] | None = None, note: str = "", status: int = 200
) -> HttpResponse:  # fmt: skip
    wrong = wrong or {}
    fields = fields_of(found)
    texts = current_texts({f.purpose_id for f in fields if f.purpose_id})
    shown = [_field(f, stamp, texts, sent, wrong) for f in fields]
    boxes = [f for f in shown if f["kind"] == "check"]
    blocks = [_block(found, b) for b in found.blocks.order_by("position", "pk")]
    if not any(b["kind"] == "form" for b in blocks):
        blocks.append({"kind": "form"})
    context = {
        "title": found.said("title"), "path": found.path, "blocks": blocks, "asked": [f for f in shown if f["kind"] != "check"], "boxes": boxes, "stamp": stamp.sealed(),
        "trap": TRAP, "lang": stamp.language, "note": note, "privacy_url": found.privacy_url, "sender": _sender(found),
        "errors": [{"text": f"{f['label']}: {f['error']}", "field": f"id_{f['name']}"} for f in shown if f["error"]],
        "others": [(code, word, f"{found.path}?lang={code}") for code, word in (("en", "English"), ("it", "Italiano")) if code != stamp.language] if found.title_it else [],
    }  # fmt: skip
    return page(request, "web/public_form.html", context, status=status)


def _field(field: FormField, stamp: Stamp, texts: dict[int, Any], sent: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    name = name_of(field)
    made: dict[str, Any] = {
        "name": name, "kind": KINDS.get(field.kind, "text"), "label": field.said(), "value": sent.get(name, "")[: LONG if field.kind == "message" else SHORT],
        "required": field.is_required or field.kind == "email", "optional": True, "error": wrong.get(name, ""), "autocomplete": AUTOFILL.get(field.kind),
        "attrs": {"maxlength": LONG if field.kind == "message" else SHORT}, "rows": 5,
    }  # fmt: skip
    if field.kind == "choice":
        made |= {"options": [(o, o) for o in field.choices()], "empty": "", "attrs": {}}
    if field.kind == "consent":
        text = texts.get(field.purpose_id or 0)
        made |= {
            "label": text.words(stamp.language) if text else field.said(),
            "value": sent.get(name) == "yes",
            "sends": "yes",
            "attrs": {},
        }
    return made


def _block(found: Form, block: FormBlock) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": block.kind,
        "text": marked(block.said()) if block.kind == "text" else inline(" ".join(block.said().split())),
        "alt": block.said(),
    }
    if block.kind == "picture":
        file = _files(found).filter(name=block.picture).order_by("-pk").first()
        made["url"] = f"{found.path}/pictures/{file.pk}" if file else ""
    return made


def _files(found: Form) -> Any:
    return Attachment.objects.filter(table_name=Form._meta.db_table, row_id=found.pk)


def _sender(found: Form) -> dict[str, Any]:
    return {"name": found.company.name, "lines": [found.company.email] if found.company.email else []}


@door(PUBLIC, "GET", channel=SIGNED, refuse=refused)
def picture(request: HttpRequest, token: str, file: int) -> FileResponse:
    """A picture that a block of the page names; a file that is none, or that no block names, does not leave."""
    found = form_behind(token)
    names = FormBlock.objects.filter(form=found, kind="picture").values("picture")
    row = _files(found).filter(pk=file, name__in=names).first()
    if row is None:
        raise Http404
    with read_file(row.digest, row.name) as content:
        head = content.read(16)
    kind = next(
        (kind for start, kind in PICTURES.items() if head.startswith(start)),
        "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else "",
    )
    if not kind:
        raise Http404
    response = FileResponse(read_file(row.digest, row.name), content_type=kind)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "public, max-age=86400"
    return response
