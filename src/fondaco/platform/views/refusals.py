"""What is refused about views, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class ViewNameTaken(UserError):
    code, status = "views.name_taken", 409
    message = _(
        "Nothing was kept: you have another view of this name on this list. Choose another name, or open that view and save it there."
    )


class SharedNameTaken(UserError):
    code, status = "views.shared_name_taken", 409
    message = _("The view was not shared: everybody already has one of this name on this list. Rename yours first.")


class NotYourView(UserError):
    code, status = "views.not_yours", 403
    message = _("“{view}” belongs to {owner}: only the owner can show it to everybody.")


class ViewStays(UserError):
    code, status = "views.keeps_list_and_owner", 409
    message = _("“{view}” stays with its list and its owner. Save a new view on the other list instead.")


class ViewNotReadable(UserError):
    code, status = "views.not_for_you", 403
    message = _("A list can open only with a view of your own, or with one that is for everybody.")


class NoSuchList(UserError):
    code, status = "views.no_such_list", 422
    message = _("The view was not kept: you see no list called “{resource}”.")


class NoBoard(UserError):
    code, status = "views.no_board", 422
    message = _("The view was not kept: {resource} cannot be shown as a board. Keep it as a list.")


class BadFilters(UserError):
    code, status = "views.bad_filters", 422
    message = _("The view was not kept: write filters as names with texts, and columns as a list of names.")


@says("own_view_name_once")
def _own_name(diagnosis: Any) -> UserError:
    return ViewNameTaken()


@says("shared_view_name_once")
def _shared_name(diagnosis: Any) -> UserError:
    return SharedNameTaken()


@says("view_keeps_list_and_owner")
def _stays(diagnosis: Any) -> UserError:
    return ViewStays(view=diagnosis.message_detail or "")


@says("default_view_is_for_its_user")
def _not_for_you(diagnosis: Any) -> UserError:
    return ViewNotReadable()
