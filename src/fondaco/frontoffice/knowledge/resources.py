"""How articles, their versions and their use are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.knowledge import refusals  # noqa: F401  sentences are declared on import
from fondaco.frontoffice.knowledge.actions import next_editions, searched
from fondaco.frontoffice.knowledge.models import Article, ArticleProduct, ArticleUse, ArticleVersion, KnowledgeSearch, Topic
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


@register
class ArticleResource(Resource):
    model, key = Article, "articles"
    title, title_one, job, icon = _("Articles"), _("Article"), "serve", "note"
    group, place = "daily", 30
    view_permission, write_permission = "knowledge.view_article", "knowledge.write_article"
    columns = ["name", "topic", "audience", "company"]
    writable, fields = ["company", "name", "topic", "audience"], ["name", "topic", "audience", "ticket", "company"]
    filters, search, sort = ["company", "topic", "audience"], ["name"], "name"
    lines = [
        Lines(
            ArticleVersion,
            "article",
            ["title", "language", "edition", "state"],
            title=_("Versions"),
            order=("language", "-edition"),
            opens=True,
        ),
        Lines(ArticleProduct, "article", ["product"], writable=["product"], title=_("Products")),
    ]


@register
class ArticleVersionResource(Resource):
    model, key = ArticleVersion, "article-versions"
    title, title_one, job, icon = _("Versions of articles"), _("Version of an article"), "serve", "note"
    group, place = "set_up", 31
    view_permission, write_permission = "knowledge.view_article", "knowledge.write_article"
    columns = ["title", "language", "edition", "state", "article", Column("article__audience", _("For"))]
    writable, fields = ["article", "language", "title", "body"], ["title", "language", "edition", "state", "article", "body"]
    filters, search, sort = (
        ["article", "article__company", "language", "state", "article__topic", "article__audience"],
        ["title", "body"],
        "title",
    )

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.searched = searched(d.row.title, d.row.body)
        if fresh := [d.row for d in drafts if not d.row.edition and d.row.article_id]:
            next_editions(fresh)


@register
class TopicResource(Resource):
    model, key = Topic, "topics"
    title, title_one, job, icon = _("Topics"), _("Topic"), "serve", "note"
    group, place = "set_up", 32
    view_permission, write_permission = "knowledge.view_article", "knowledge.write_article"
    columns = writable = ["name", "name_it", "position", "company"]
    filters, search, sort = ["company"], ["name", "name_it"], "position"


@register
class ArticleUseResource(Resource):
    model, key = ArticleUse, "article-uses"
    title, title_one, icon = _("Uses of articles"), _("Use of an article"), "note"
    view_permission = "knowledge.view_use"
    columns = ["at", "article_version", "ticket", "user"]
    filters, sort = ["article_version", "ticket", "user", "at"], "-at"


@register
class KnowledgeSearchResource(Resource):
    model, key = KnowledgeSearch, "knowledge-searches"
    title, title_one, icon = _("Searches in the knowledge base"), _("Search in the knowledge base"), "search"
    view_permission = "knowledge.view_use"
    columns = ["on", "words", "audience", "language", "found", "count"]
    filters, search, sort = ["company", "on", "audience", "found"], ["words"], "-on"
