"""The knowledge base as it is read (SV-07): for everybody at /kb, more for customers who sign in, all for colleagues; and what it is used for."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.forms.models import Form
from fondaco.frontoffice.knowledge.finding import LONGEST, find, listed, rate, read, unanswered, used
from fondaco.frontoffice.knowledge.models import AUDIENCES, CUSTOMERS, INTERNAL, PUBLIC, ArticleVersion
from fondaco.frontoffice.knowledge.refusals import NoSuchArticle
from fondaco.interfaces.doors import policy
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.marking import marked
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.refusals import NotFound

PATH, RIGHT = "/serve/knowledge", "knowledge.view_use"
SCREENS.append(Screen("serve", "reports", 6, gettext_lazy("Use of articles"), PATH, RIGHT))
DAYS = 90


def _audience(request: HttpRequest, company: Company) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id is not None and actor.may("knowledge.view_article", company.pk):
        return INTERNAL
    return CUSTOMERS if actor.outside_id is not None else PUBLIC


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in ("en", "it") else ("it" if (translation.get_language() or "").startswith("it") else "en")


def _company(code: str) -> Company:
    found = Company.objects.filter(code=code).first() if "\x00" not in code else None
    if found is None:
        raise NoSuchArticle()
    return found


@door(policy.PUBLIC, "GET")
def start(request: HttpRequest) -> HttpResponse:
    """The knowledge base of the only company that has one for the reader; of several, he chooses."""
    there = ArticleVersion.objects.filter(state=ArticleVersion.ACTIVE, article__audience=PUBLIC).values("article__company")
    own = company_of(request) if request.actor.user_id is not None else None  # type: ignore[attr-defined]
    companies = [own] if own is not None else list(Company.objects.filter(pk__in=there).order_by("name"))
    if len(companies) == 1:
        return HttpResponseRedirect(f"/kb/{companies[0].code}")
    context = {"title": _("Help"), "companies": [{"name": c.name, "url": f"/kb/{c.code}"} for c in companies]}
    return page(request, "web/kb_start.html", context)


@door(policy.PUBLIC, "GET")
def base(request: HttpRequest, code: str) -> HttpResponse:
    """Articles by topic, or what answers the words that were typed."""
    company, asked, language = _company(code), request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST], _language(request)
    audience = _audience(request, company)
    with translation.override(language):
        context: dict[str, Any] = {
            "title": _("Help"),
            "path": f"/kb/{code}",
            "asked": asked,
            "lang": language,
            "sender": _sender(company),
            "others": _others(f"/kb/{code}", language),
        }
        if asked:
            found = find(company, asked, audience=audience, language=language)
            context |= {"found": [{"title": f.title, "begins": " ".join(f.begins.replace("*", "").replace("#", "").split()), "url": f"/kb/{code}/{f.article}?lang={language}"} for f in found], "ask_url": _ask(company)}  # fmt: skip
        else:
            topics: dict[str, list[dict[str, str]]] = {}
            for version in listed(company, audience=audience, language=language):
                topic = version.article.topic.title() if version.article.topic else _("More")
                topics.setdefault(topic, []).append({"title": version.title, "url": f"/kb/{code}/{version.article_id}?lang={language}"})
            context |= {"topics": topics}
        return page(request, "web/kb_base.html", context)


@door(policy.PUBLIC, "GET", "POST")
def article(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One article; POST says whether it helped."""
    company, language = _company(code), _language(request)
    audience = _audience(request, company)
    version = read(company, pk, audience=audience, language=language, count=request.method == "GET")
    with translation.override(version.language):
        rated = request.method == "POST" and request.POST.get("helped") in ("yes", "no")
        if rated:
            rate(version, helped=request.POST.get("helped") == "yes", audience=audience)
        languages = ArticleVersion.objects.filter(article=version.article_id, state=ArticleVersion.ACTIVE).values_list(
            "language", flat=True
        )
        context = {
            "title": version.title, "body": marked(version.body), "path": f"/kb/{code}/{pk}?lang={version.language}", "base": f"/kb/{code}?lang={version.language}",
            "topic": version.article.topic.title() if version.article.topic else "", "rated": rated, "helped": request.POST.get("helped") == "yes",
            "ask_url": _ask(company), "sender": _sender(company), "others": [o for o in _others(f"/kb/{code}/{pk}", version.language) if o[0] in languages],
        }  # fmt: skip
        return page(request, "web/kb_article.html", context)


def _others(path: str, language: str) -> list[tuple[str, str, str]]:
    return [(code, word, f"{path}?lang={code}") for code, word in (("en", "English"), ("it", "Italiano")) if code != language]


def _ask(company: Company) -> str:
    """Where one asks who found nothing: the first open form of the company that opens tickets."""
    form = Form.objects.filter(company=company, target=Form.TICKET, is_open=True).order_by("pk").first()
    return form.path if form else ""


def _sender(company: Company) -> dict[str, Any]:
    return {"name": company.name, "lines": [company.email] if company.email else []}


@door(RIGHT, "GET")
def use(request: HttpRequest) -> HttpResponse:
    """Which articles are used and help, and what people looked for in vain: what to write next."""
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    today, formats = today_of(request), formats_of(request)
    first = today - timedelta(days=DAYS - 1)
    words = {key: str(word) for key, word in AUDIENCES}
    rows = [
        {
            "title": row.title, "url": f"/articles/{row.article}", "audience": words[row.audience], "language": row.language,
            "figures": [formats.quantity(n) for n in (row.shown, row.opened, row.used)],
            "helped": formats.percent(row.helped / (row.helped + row.not_helped)) if row.helped + row.not_helped else "",
        }
        for row in used(company, first, today)
    ]  # fmt: skip
    vain = unanswered(company, first, today)
    bars = [{"label": v["words"], "value": v["times"], "shown": formats.quantity(v["times"])} for v in vain[:12]]
    chart = (
        {"title": _("Looked for in vain"), "story": _("Searches that found nothing in the last 90 days: what to write next."), "bars": bars}
        if bars
        else None
    )
    return page(request, "web/kb_use.html", {"title": _("Use of articles"), "rows": rows, "chart": chart, "kb": f"/kb/{company.code}"})
