"""What is refused about shifts, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class ShiftTwice(UserError):
    code, status = "staffing.shift_twice", 409
    message = _("The agent already has a shift in this time. Change that one, or choose another time.")


class ShiftTooLong(UserError):
    code, status = "staffing.shift_too_long", 422
    message = _("A shift ends after it begins, and at most 16 hours later. Correct its times.")


@says("shift_once_at_a_time")
def _twice(diagnosis: Any) -> UserError:
    return ShiftTwice()


@says("shift_runs_forward")
def _forward(diagnosis: Any) -> UserError:
    return ShiftTooLong()
