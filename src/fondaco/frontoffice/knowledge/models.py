"""What is known and answered again and again: articles in versions and languages, for colleagues, customers or everybody (SV-07)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

INTERNAL, CUSTOMERS, PUBLIC = "internal", "customers", "public"
AUDIENCES = ((INTERNAL, _("colleagues")), (CUSTOMERS, _("customers who sign in")), (PUBLIC, _("everybody")))
#: Which articles a reader of an audience sees.
SEEN_BY = {INTERNAL: (INTERNAL, CUSTOMERS, PUBLIC), CUSTOMERS: (CUSTOMERS, PUBLIC), PUBLIC: (PUBLIC,)}
LANGUAGES = (("en", "English"), ("it", "Italiano"))

SHOWN, OPENED, HELPED, NOT_HELPED = "shown", "opened", "helped", "not_helped"
COUNTED = ((SHOWN, _("shown")), (OPENED, _("opened")), (HELPED, _("helped")), (NOT_HELPED, _("did not help")))


class Topic(Row):
    """A heading under which articles stand."""

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    position = models.BigIntegerField(_("position"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("topic"), _("topics")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="topic_once")]

    def __str__(self) -> str:
        return self.name

    def title(self) -> str:
        """Its name in the reader's language."""
        return (self.name_it or self.name) if (translation.get_language() or "").startswith("it") else self.name


class Article(Row):
    """One answer, in all its languages and versions. ``audience`` says who may read it."""

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("topic"))
    audience = models.TextField(_("for"), choices=AUDIENCES, default=INTERNAL)
    ticket = models.ForeignKey(
        "service.Ticket", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("came of ticket")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("article"), _("articles")
        constraints = [
            models.CheckConstraint(name="article_audience", condition=Q(audience__in=["internal", "customers", "public"])),
            models.CheckConstraint(name="article_has_a_name", condition=~Q(name="")),
        ]
        indexes = [models.Index(fields=["company", "audience"], name="article_of_company")]

    def __str__(self) -> str:
        return self.name


class ArticleProduct(Row):
    """A product that an article is about."""

    company_path = "article__company"

    article = models.ForeignKey(Article, models.CASCADE, related_name="products", verbose_name=_("article"))
    position = models.BigIntegerField(default=0)
    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="+", verbose_name=_("product"))

    class Meta:
        verbose_name, verbose_name_plural = _("product of an article"), _("products of articles")
        constraints = [models.UniqueConstraint(fields=["article", "product"], name="article_product_once")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.product_id}"


class ArticleVersion(Row):
    """An article in one language, as it was written at one time. One is in force; what was put in force never changes.

    ``searched`` is title and text in the form in which words are compared (no accents, lower case).
    """

    company_path = "article__company"
    label_paths = ("title",)
    DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"
    STATES = ((DRAFT, _("draft")), (ACTIVE, _("in force")), (RETIRED, _("retired")))

    article = models.ForeignKey(Article, models.CASCADE, related_name="versions", verbose_name=_("article"))
    language = models.TextField(_("language"), choices=LANGUAGES, default="en")
    edition = models.BigIntegerField(_("edition"), default=0, editable=False)
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    title = models.TextField(_("title"))
    body = models.TextField(_("text"))
    searched = models.TextField(editable=False, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("version of an article"), _("versions of articles")
        constraints = [
            models.UniqueConstraint(fields=["article", "language", "edition"], name="article_edition_once"),
            models.UniqueConstraint(fields=["article", "language"], condition=Q(state="active"), name="article_one_in_force"),
            models.UniqueConstraint(fields=["article", "language"], condition=Q(state="draft"), name="article_one_draft"),
            models.CheckConstraint(name="article_version_says_something", condition=~Q(title="") & ~Q(body="")),
            models.CheckConstraint(name="article_version_language", condition=Q(language__in=["en", "it"])),
        ]

    def __str__(self) -> str:
        return self.title


class ArticleUse(Row):
    """A version that was put into an answer to a ticket: who did, when. Never altered."""

    append_only = True
    company_path, owner_path = "ticket__company", "user"

    article_version = models.ForeignKey(ArticleVersion, models.PROTECT, related_name="+", verbose_name=_("version of an article"))
    ticket = models.ForeignKey("service.Ticket", models.PROTECT, related_name="+", verbose_name=_("ticket"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("user"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("use of an article"), _("uses of articles")

    def __str__(self) -> str:
        return f"{self.article_version_id} {self.ticket_id}"


class ArticleCount(models.Model):
    """How often a version was shown in a list, opened, or said to have helped or not, on a day, by an audience; a counter."""

    company_path = "article_version__article__company"

    article_version = models.ForeignKey(ArticleVersion, models.CASCADE, related_name="+", db_index=False)
    on = models.DateField(_("date"))
    audience = models.TextField(_("for"), choices=AUDIENCES)
    kind = models.TextField(_("what happened"), choices=COUNTED)
    count = models.BigIntegerField(_("count"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("count of an article"), _("counts of articles")
        constraints = [models.UniqueConstraint(fields=["article_version", "on", "audience", "kind"], name="article_count_once_a_day")]

    def __str__(self) -> str:
        return f"{self.article_version_id} {self.on} {self.kind} {self.count}"


class KnowledgeSearch(models.Model):
    """What was looked for on a day, how often, and how much was found; what found nothing is to be written next. A counter."""

    label_paths = ("words",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    on = models.DateField(_("date"))
    audience = models.TextField(_("asked by"), choices=AUDIENCES)
    language = models.TextField(_("language"))
    words = models.TextField(_("words"))
    found = models.BigIntegerField(_("found"), default=0)
    count = models.BigIntegerField(_("times"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("search in the knowledge base"), _("searches in the knowledge base")
        constraints = [
            models.UniqueConstraint(fields=["company", "on", "audience", "language", "words"], name="knowledge_search_once_a_day")
        ]

    def __str__(self) -> str:
        return self.words
