"""What the one path of verbs refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class WrongState(UserError):
    code, status = "documents.wrong_state", 409
    message = _("{document} is {state}; “{verb}” needs it to be {needed}.")


class StaleDocument(UserError):
    code, status = "documents.stale", 409
    message = _(
        "{document} was changed by {who} at {when} ({what}) after you opened it. Nothing of yours was saved; look at what it says now, and make your change again."
    )


class KeyReused(UserError):
    code, status = "documents.idempotency_key_reused", 422
    message = _("The idempotency key “{key}” was already used for another request. Use a new key for a new request.")


class ReasonMissing(UserError):
    code, status = "documents.reason_missing", 422
    message = _("“{verb}” on {document} needs a reason. Say why, in a few words.")


class NothingGiven(UserError):
    code, status = "documents.nothing_given", 422
    message = _("“{verb}” was asked for no record. Choose at least one.")


class TooMany(UserError):
    code, status = "documents.too_many", 422
    message = _("{count} records were given; at most {limit} at once. Send them in several calls.")


class NotEditable(UserError):
    code, status = "documents.not_editable", 409
    message = _("{document} is {state} and can no longer be edited. Use its verbs: correct it by a reversal or a new document.")


class FixedByNow(UserError):
    code, status = "documents.fixed_by_now", 409
    message = _("{document} is {state}: {fields_named} cannot be amended. Cancel it and write a new one if that must be different.")
