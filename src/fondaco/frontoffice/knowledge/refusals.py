"""Sentences of the knowledge base."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class InForce(UserError):
    code, status = "knowledge.in_force", 409
    message = _("“{title}” is in force or was, and never changes. Draft the next version, and put that in force.")


class DraftedAlready(UserError):
    code, status = "knowledge.drafted_already", 409
    message = _("There is a draft of this article in this language already. Finish that one, or delete it.")


class NotForce(UserError):
    code, status = "knowledge.not_in_force", 409
    message = _("“{title}” cannot be put into an answer, because it is not in force. Choose a version that is.")


class NothingToTell(UserError):
    code, status = "knowledge.nothing_to_tell", 409
    message = _("No article was drafted of {document}: it has neither a resolution nor an answer. Solve it with a resolution first.")


class NoSuchArticle(UserError):
    code, status = "knowledge.no_such_article", 404
    message = _("This article is not there, or not for you to read. Search for what you want to know.")


@says("article_in_force_never_changes")
def _in_force(diagnosis: Any) -> UserError:
    return InForce(title=diagnosis.message_detail or "")


@says("article_one_draft")
def _drafted(_diagnosis: Any) -> UserError:
    return DraftedAlready()
