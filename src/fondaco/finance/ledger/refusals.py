"""What the ledger refuses, and how it is said. Most of it stands in the database; here it gets its sentence."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class Unbalanced(UserError):
    code, status = "ledger.unbalanced", 422
    message = _("The entry was not posted: debits and credits differ by {difference}. Correct the lines until the difference is zero.")


class NotWhole(UserError):
    code, status = "ledger.not_whole", 409
    message = _(
        "Nothing was posted: an entry needs at least two lines, and all of them at once. Nothing can be added to an entry that is posted."
    )


class PeriodClosed(UserError):
    code, status = "ledger.period_closed", 409
    message = _("Nothing was posted: period {period} is closed. Reopen it under Books > Periods, or choose a later date.")


class PeriodSoftClosed(UserError):
    code, status = "ledger.period_soft_closed", 409
    message = _(
        "Nothing was posted: period {period} is soft-closed. Posting into it needs the right “{permission}” and a reason; or choose a later date."
    )


class LateReasonMissing(UserError):
    code, status = "ledger.late_reason_missing", 422
    message = _(
        "Nothing was posted: period {period} is soft-closed. You may still post into it, but say why; the reason stays with the entry."
    )


class NoPeriod(UserError):
    code, status = "ledger.no_period", 409
    message = _("Nothing was posted: {company} has no fiscal period on {on}. Open the fiscal year under Books > Fiscal years first.")


class AccountClosed(UserError):
    code, status = "ledger.account_takes_no_postings", 409
    message = _(
        "Nothing was posted: account {account} takes no postings (it is a heading, or inactive). Choose one of the accounts under it."
    )


class PurposeMissing(UserError):
    code, status = "ledger.purpose_missing", 409
    message = _("Nothing was posted: {company} has no {what} for “{purpose}”. Set it under Books > {place}.")


class Posted(UserError):
    code, status = "ledger.posted_never_changes", 409
    message = _("Nothing was changed: what is posted is never changed or deleted. Write a reversal; it stays linked to the original.")


class MinorUnits(UserError):
    code, status = "ledger.minor_units", 422
    message = _("Nothing was posted: an amount in {currency} has more decimals than the currency has.")


class DimensionMissing(UserError):
    code, status = "ledger.dimension_missing", 422
    message = _("Nothing was posted: account {account} needs the dimension “{dimension}”. Choose one on the line.")


class DimensionNotValid(UserError):
    code, status = "ledger.dimension_not_valid", 422
    message = _("Nothing was posted: “{value}” is not valid on the date of the entry.")


class PartyMissing(UserError):
    code, status = "ledger.party_missing", 422
    message = _("Nothing was posted: a line on account {account} needs a party and a due date, because open items explain that account.")


class OtherCompany(UserError):
    code, status = "ledger.other_company", 409
    message = _("Nothing was posted: an account, journal or period belongs to another company. Choose one of this company.")


class NumberGap(UserError):
    code, status = "ledger.number_gap", 409
    message = _("Nothing was posted: the number is taken or would leave a gap in its journal.")


class SettledAlready(UserError):
    code, status = "ledger.settled_already", 409
    message = _(
        "Nothing was settled: less is open than you want to settle; somebody may have settled it just now. Load the open items again."
    )


class DoesNotClear(UserError):
    code, status = "ledger.settlement_does_not_clear", 422
    message = _("Nothing was settled: the parts do not sum to zero ({difference} remains).")


class MixedSettlement(UserError):
    code, status = "ledger.settlement_mixed", 422
    message = _("Nothing was settled: the items belong to different parties, accounts or currencies.")


class RevaluationSettled(UserError):
    code, status = "ledger.revaluation_settled", 409
    message = _("{document} cannot be reversed: an item it revalued is settled, wholly or in part. Revalue again on a later day instead.")


class AlreadyReversed(UserError):
    code, status = "ledger.already_reversed", 409
    message = _("Nothing was reversed: this entry is already reversed. Open the reversal from the entry's page.")


SENTENCES: dict[str, Any] = {
    "entry_balanced": lambda d: Unbalanced(difference=Decimal(d.message_detail) if d.message_detail else "?"),
    "entry_arrives_whole": lambda d: NotWhole(),
    "entry_has_two_lines": lambda d: NotWhole(),
    "entry_has_its_lines": lambda d: NotWhole(),
    "line_position_once": lambda d: NotWhole(),
    "entry_period_open": lambda d: (
        PeriodSoftClosed(period=d.message_hint, permission="ledger.post_late")
        if d.message_detail == "soft_closed"
        else PeriodClosed(period=d.message_hint)
    ),
    "account_takes_postings": lambda d: AccountClosed(account=d.message_detail),
    "posted_rows_never_change": lambda d: Posted(),
    "line_in_minor_units": lambda d: MinorUnits(currency=d.message_detail),
    "line_has_mandatory_dimensions": lambda d: DimensionMissing(account=d.message_hint, dimension=d.message_detail),
    "dimension_value_valid": lambda d: DimensionNotValid(value=d.message_detail),
    "control_line_has_party": lambda d: PartyMissing(account=d.message_detail),
    "line_account_of_company": lambda d: OtherCompany(),
    "line_entry_of_company": lambda d: OtherCompany(),
    "entry_journal_of_company": lambda d: OtherCompany(),
    "entry_period_of_company": lambda d: OtherCompany(),
    "entry_numbers_gapless": lambda d: NumberGap(),
    "entry_number_once": lambda d: NumberGap(),
    "open_item_not_overdrawn": lambda d: SettledAlready(),
    "open_item_base_not_overdrawn": lambda d: SettledAlready(),
    "open_item_closes_in_both_currencies": lambda d: DoesNotClear(difference="?"),
    "settlement_clears": lambda d: DoesNotClear(difference=d.message_detail),
    "settlement_of_one_kind": lambda d: MixedSettlement(),
    "ledger_journalentry_reverses_id_key": lambda d: AlreadyReversed(),
}
for _constraint, _translate in SENTENCES.items():
    says(_constraint)(_translate)
