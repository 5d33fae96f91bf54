"""The verbs of views: show one to everybody or to oneself alone, open a list with it or without."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.views.models import DefaultView, SavedView
from fondaco.platform.views.queries import SEE, SHARE
from fondaco.platform.views.refusals import NotYourView


@action(SavedView, moves={"personal": "shared"}, permission=SHARE, title=_("Show to everybody"), done=_("Everybody has this view now"))
def share(views: DocumentSet[SavedView]) -> None:
    """Offer views of one's own to everybody who sees the list. Each reader still sees only his own rows and columns."""
    for view in views:
        if view.owner_id != views.actor.user_id:
            raise NotYourView(view=view.name, owner=view.owner.name)


@action(
    SavedView, moves={"shared": "personal"}, permission=SHARE, title=_("Only for the owner"), done=_("Only the owner has this view now")
)
def unshare(views: DocumentSet[SavedView]) -> None:
    """Take views back from everybody; their owners keep them. Lists that opened with one open without it."""


@action(SavedView, permission=SEE, title=_("Open the list with this"), done=_("The list opens with this view now"), hidden=True)
def make_default(views: DocumentSet[SavedView]) -> None:
    """Let the lists of these views open with them for whoever says so; an earlier choice gives way."""
    DefaultView.objects.filter(user=views.actor.user_id, resource__in={v.resource for v in views}).delete()
    insert_rows(DefaultView, [DefaultView(user_id=views.actor.user_id, view=view, resource=view.resource) for view in views])


@action(SavedView, permission=SEE, title=_("Open the list without this"), done=_("The list opens without a view now"), hidden=True)
def drop_default(views: DocumentSet[SavedView]) -> None:
    """Let the lists of these views open with all rows again."""
    DefaultView.objects.filter(user=views.actor.user_id, view__in=views.ids).delete()
