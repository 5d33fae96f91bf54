"""The verbs of the knowledge base: put in force, retire, draft the next version; use in an answer, and draft an article of a solved ticket."""

from typing import Annotated

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.knowledge.models import Article, ArticleUse, ArticleVersion
from fondaco.frontoffice.knowledge.refusals import NotForce, NothingToTell
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.database.rows import related
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

STAY = {"new": "new", "open": "open", "waiting": "waiting", "solved": "solved", "closed": "closed"}
VERSIONS = {v: v for v, _word in ArticleVersion.STATES}


def searched(title: str, body: str) -> str:
    """Title and text in the form in which words are compared."""
    return sort_name(f"{title} {body}")


def next_editions(versions: list[ArticleVersion]) -> None:
    """Number new versions after those that their articles have in the language. One statement."""
    rows = ArticleVersion.objects.filter(article__in={v.article_id for v in versions})
    last = {(a, lang): n for a, lang, n in rows.values_list("article", "language").annotate(last=Max("edition"))}
    for version in versions:
        about = (version.article_id, version.language)
        last[about] = version.edition = last.get(about, 0) + 1


@action(ArticleVersion, moves={"draft": "active"}, permission="knowledge.publish_article", title=_("Put in force"), done=_("In force"))
def put_in_force(versions: DocumentSet[ArticleVersion]) -> None:
    """Let readers see these versions from now on, instead of those of the same article and language that were in force."""
    before = ArticleVersion.objects.filter(article__in={v.article_id for v in versions}, state=ArticleVersion.ACTIVE).select_for_update()
    about = {(v.article_id, v.language) for v in versions}
    leaving = [v.pk for v in before.order_by("pk") if (v.article_id, v.language) in about]
    ArticleVersion.objects.filter(pk__in=leaving).update(state=ArticleVersion.RETIRED)


@action(ArticleVersion, moves={"active": "retired"}, permission="knowledge.publish_article", title=_("Retire"), done=_("Retired"))
def retire(versions: DocumentSet[ArticleVersion]) -> None:
    """Show these versions to nobody any more; they are kept for the record."""


@action(ArticleVersion, moves=VERSIONS, permission="knowledge.write_article", title=_("Draft the next version"), done=_("Draft written"))
def draft_next(versions: DocumentSet[ArticleVersion]) -> None:
    """Copy versions to drafts that may be changed; what is in force stays until they are put in force."""
    drafts = [
        ArticleVersion(article_id=v.article_id, language=v.language, title=v.title, body=v.body, searched=v.searched) for v in versions
    ]
    next_editions(drafts)
    insert_rows(ArticleVersion, drafts)
    versions.made["article-versions"] = [d.pk for d in drafts]


@action(Ticket, moves=STAY, permission="knowledge.view_article", title=_("Use article in answer"), done=_("Text of the article"))
def use_article(
    tickets: DocumentSet[Ticket], *, article: Annotated[int, Field(json_schema_extra={"resource": "article-versions"})]
) -> None:
    """Take the text of an article for the answer to tickets, and note that it was used. The text is told as ``text``; the answer is still yours to write."""
    rows = visible(ArticleVersion.objects.select_related("article"), tickets.actor, "knowledge.view_article")
    version = rows.filter(pk=article).first()
    if version is None:
        raise NotFound(
            what=f"{ArticleVersion._meta.verbose_name} {article}", fields={"article": _("There is no such record that you may use.")}
        )
    if version.state != ArticleVersion.ACTIVE or any(t.company_id != version.article.company_id for t in tickets):
        raise NotForce(title=version.title)
    now = timezone.now()
    insert_rows(ArticleUse, [ArticleUse(article_version=version, ticket=t, user_id=tickets.actor.user_id, at=now) for t in tickets])
    tickets.told["text"] = plain(version)


def plain(version: ArticleVersion) -> str:
    """The text of an article as a mail carries it: without the signs that make it bold."""
    return version.body.replace("**", "").strip()


@action(
    Ticket,
    moves={"solved": "solved", "closed": "closed"},
    permission="knowledge.write_article",
    title=_("Draft article"),
    done=_("Article drafted"),
)
def draft_article(tickets: DocumentSet[Ticket]) -> None:
    """Make a draft of an article of each solved ticket: what was asked, and what solved it. It is for colleagues until you say otherwise.

    Take out what is the customer's own before it is put in force.
    """
    asked: dict[int, str] = {}
    answered: dict[int, str] = {}
    for key, direction, body in (
        TicketMessage.objects.filter(ticket__in=tickets.ids).order_by("pk").values_list("ticket_id", "direction", "body")
    ):
        if direction == TicketMessage.IN:
            asked.setdefault(key, body)
        elif direction == TicketMessage.OUT:
            answered[key] = body
    silent = [t for t in tickets if not (t.resolution.strip() or answered.get(t.pk, "").strip())]
    if silent:
        raise NothingToTell(document=", ".join(map(str, silent[:20])), rows=rows_json(silent))
    parties = related(tickets, "party")
    articles = [Article(company_id=t.company_id, name=t.subject, ticket=t) for t in tickets]
    insert_rows(Article, articles)
    versions = []
    for article, ticket in zip(articles, tickets, strict=True):
        body = "\n\n".join(part for part in (asked.get(ticket.pk, ""), ticket.resolution, answered.get(ticket.pk, "")) if part.strip())
        language = parties[ticket.party_id].language if ticket.party_id else tickets.actor.language
        versions.append(ArticleVersion(article=article, language=language, edition=1, title=ticket.subject, body=body, searched=searched(ticket.subject, body)))  # fmt: skip
    insert_rows(ArticleVersion, versions)
    tickets.made["article-versions"] = [v.pk for v in versions]
