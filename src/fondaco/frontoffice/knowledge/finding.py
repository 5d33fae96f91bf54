"""Finding articles by words, also mistyped ones, the most useful first; what is shown, opened and looked for in vain is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from fondaco.frontoffice.knowledge.models import HELPED, NOT_HELPED, OPENED, SEEN_BY, SHOWN, ArticleVersion
from fondaco.frontoffice.knowledge.refusals import NoSuchArticle
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.normalising import sort_name

MOST_WORDS, LONGEST = 12, 200
#: How like its words an article must be, taken together; and words so short say nothing.
LIKE, SHORTEST = 0.55, 3
#: So many different searches a day and company are told apart; nobody fills a table by inventing words.
MOST_SEARCHES = 1000


@dataclass(frozen=True)
class Found:
    """An article that answers: the version to read, its title and how it begins."""

    version: int
    article: int
    title: str
    language: str
    topic: int | None
    begins: str
    score: float


#: Each word counts 1 where it stands in the text, else how like the likest word there is; in the title it counts half as much again. What
#: was opened, used in answers and helped raises, what did not help lowers, never more than by half.
SEARCH = """
with asked as (select word from unnest(%(words)s::text[]) word),
useful as (
  select v.id, coalesce((select sum(case kind when 'opened' then 1 when 'helped' then 3 when 'not_helped' then -3 else 0 end * c.count)
      from knowledge_articlecount c where c.article_version_id = v.id), 0)
    + 5 * (select count(*) from knowledge_articleuse u where u.article_version_id = v.id) as points
  from knowledge_articleversion v where v.state = 'active'
)
select distinct on (a.id) v.id, a.id, v.title, v.language, a.topic_id, left(v.body, 200),
  s.likeness * (1 + 0.1 * least(5, ln(1 + greatest(0, u.points)))) * (case when v.language = %(language)s then 1.2 else 1 end)
    + (case when %(product)s::bigint is not null and exists (select from knowledge_articleproduct p where p.article_id = a.id and p.product_id = %(product)s) then 0.5 else 0 end)
from knowledge_articleversion v join knowledge_article a on a.id = v.article_id join useful u on u.id = v.id
  cross join lateral (
    select avg(least(1.5, case when v.searched like '%%' || replace(replace(word, '\\', '\\\\'), '%%', '') || '%%' then 1 else word_similarity(word, v.searched) end
      + 0.5 * word_similarity(word, lower(v.title)))) as likeness from asked
  ) s
where v.state = 'active' and a.company_id = %(company)s and a.audience = any (%(audiences)s) and s.likeness >= %(like)s
order by a.id, v.language = %(language)s desc, v.id desc
"""


def words_of(text: str) -> list[str]:
    """The words of a question as they are compared; short ones say nothing unless there are no others."""
    words = [w for w in sort_name("".join(c if c.isalnum() else " " for c in text[:LONGEST])).split() if w]
    return [w for w in words if len(w) >= SHORTEST][:MOST_WORDS] or words[:MOST_WORDS]


def find(
    company: Company, text: str, *, audience: str, language: str, product: int | None = None, limit: int = 10, count: bool = True
) -> list[Found]:
    """Articles that answer ``text``, the best first, of those that ``audience`` may read. With ``count`` the search and what it showed are
    counted. Statements: three at most."""
    words = words_of(text)
    if not words:
        return []
    given = {
        "words": words, "language": language, "company": company.pk, "audiences": list(SEEN_BY[audience]), "product": product, "like": LIKE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SEARCH, given)
        rows = [Found(v, a, title, lang, topic, begins, float(score)) for v, a, title, lang, topic, begins, score in cursor.fetchall()]
    found = sorted(rows, key=lambda f: (-f.score, f.article))[:limit]
    if count:
        tally([f.version for f in found], SHOWN, audience)
        _note(company, " ".join(words), audience, language, len(found))
    return found


def suggestions(ticket: Ticket, *, limit: int = 5) -> list[Found]:
    """What may answer a ticket, by its subject and product and in its customer's language; for whoever answers it."""
    company = Company.objects.get(pk=ticket.company_id)
    language = ticket.party.language if ticket.party is not None else ("it" if company.country_id == "IT" else "en")
    return find(company, ticket.subject, audience="internal", language=language, product=ticket.product_id, limit=limit, count=False)


def tally(versions: Sequence[int], kind: str, audience: str) -> None:
    """Count that versions were shown, opened, helped or did not help. One statement."""
    if versions:
        with connection.cursor() as cursor:
            cursor.execute(
                'insert into knowledge_articlecount as c (article_version_id, "on", audience, kind, count) select v, %s, %s, %s, 1 from unnest(%s::bigint[]) v order by v'
                ' on conflict (article_version_id, "on", audience, kind) do update set count = c.count + 1',
                [timezone.localdate(), audience, kind, sorted(set(versions))],
            )


def _note(company: Company, words: str, audience: str, language: str, found: int) -> None:
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into knowledge_knowledgesearch as k (company_id, "on", audience, language, words, found, count)'
            ' select %(company)s, %(on)s, %(audience)s, %(language)s, %(words)s, %(found)s, 1'
            ' where (select count(*) from (select from knowledge_knowledgesearch where company_id = %(company)s and "on" = %(on)s limit %(most)s) n) < %(most)s'
            ' on conflict (company_id, "on", audience, language, words) do update set count = k.count + 1, found = excluded.found',
            {"company": company.pk, "on": today, "audience": audience, "language": language, "words": words[:LONGEST], "found": found, "most": MOST_SEARCHES},
        )  # fmt: skip


def read(company: Company, article: int, *, audience: str, language: str, count: bool = True) -> ArticleVersion:
    """The version in force of an article that the reader may see, in his language where there is one."""
    rows = ArticleVersion.objects.select_related("article__topic").filter(
        state=ArticleVersion.ACTIVE, article=article, article__company=company, article__audience__in=SEEN_BY[audience]
    )
    found = sorted(rows, key=lambda v: v.language != language)
    if not found:
        raise NoSuchArticle()
    if count:
        tally([found[0].pk], OPENED, audience)
    return found[0]


def rate(version: ArticleVersion, *, helped: bool, audience: str) -> None:
    """Count that a reader was helped, or not."""
    tally([version.pk], HELPED if helped else NOT_HELPED, audience)


def listed(company: Company, *, audience: str, language: str, limit: int = 500) -> list[ArticleVersion]:
    """Every article that an audience may read, in its language where there is one, by topic. One statement."""
    rows = ArticleVersion.objects.select_related("article__topic").filter(
        state=ArticleVersion.ACTIVE, article__company=company, article__audience__in=SEEN_BY[audience]
    )
    best: dict[int, ArticleVersion] = {}
    for row in rows.order_by("article__topic__position", "article__topic__name", "title")[: 2 * limit]:
        if row.article_id not in best or row.language == language:
            best[row.article_id] = row
    return list(best.values())[:limit]


USE = """
select v.id, v.title, v.language, a.id, a.audience,
  coalesce(sum(c.count) filter (where c.kind = 'shown'), 0), coalesce(sum(c.count) filter (where c.kind = 'opened'), 0),
  coalesce(sum(c.count) filter (where c.kind = 'helped'), 0), coalesce(sum(c.count) filter (where c.kind = 'not_helped'), 0),
  (select count(*) from knowledge_articleuse u where u.article_version_id = v.id and u.at::date between %(first)s and %(last)s)
from knowledge_articleversion v join knowledge_article a on a.id = v.article_id
  left join knowledge_articlecount c on c.article_version_id = v.id and c."on" between %(first)s and %(last)s
where v.state = 'active' and a.company_id = %(company)s group by v.id, a.id order by 10 desc, 7 desc, v.title
"""


@dataclass(frozen=True)
class Used:
    """How much an article in force was used between two days."""

    version: int
    title: str
    language: str
    article: int
    audience: str
    shown: int
    opened: int
    helped: int
    not_helped: int
    used: int


def used(company: Company, first: date, last: date) -> list[Used]:
    """Articles in force with their use, the most used first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(USE, {"company": company.pk, "first": first, "last": last})
        return [Used(*(int(v) if n > 4 else v for n, v in enumerate(row))) for row in cursor.fetchall()]


def unanswered(company: Company, first: date, last: date, *, limit: int = 50) -> list[dict[str, Any]]:
    """What was looked for in vain, the most often first: to be written next. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select words, sum(count), max(\"on\"), string_agg(distinct audience, ',') from knowledge_knowledgesearch"
            ' where company_id = %s and "on" between %s and %s and found = 0 group by words order by 2 desc, 3 desc, 1 limit %s',
            [company.pk, first, last, limit],
        )
        return [{"words": w, "times": int(n), "last": on, "audiences": who.split(",")} for w, n, on, who in cursor.fetchall()]
