"""What the parties refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class MergedAlready(UserError):
    code, status = "parties.merged_already", 409
    message = _("{party} is already merged into another party. Undo that merge first.")


class MergeIntoItself(UserError):
    code, status = "parties.merge_into_itself", 422
    message = _("{party} cannot be merged into itself. Choose the party that is to remain.")


class NothingToUndo(UserError):
    code, status = "parties.nothing_to_undo", 409
    message = _("{party} is not merged into another party; there is nothing to undo.")
