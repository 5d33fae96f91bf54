"""What must always be true of payment runs."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "remittance.files_as_released",
    title=_("Files of payments are those that were released"),
    why=_("A file changed after its release could send money to somebody else's account."),
)
def files_as_released() -> str:
    return """
    select r.number, r.fingerprint, f.digest from remittance_paymentrun r left join remittance_paymentfile f on f.run_id = r.id
    where (r.state = 'released') <> (f.id is not null)
      or (r.state = 'released' and (f.digest <> r.fingerprint or f.digest <> encode(sha256(convert_to(f.content, 'UTF8')), 'hex')))
    """


@check(
    "remittance.released_by_another",
    title=_("Nobody released what he prepared"),
    why=_("One person who prepares and releases a payment pays whomever he likes."),
)
def released_by_another() -> str:
    return "select number, released_by, prepared_by from remittance_paymentrun where state = 'released' and prepared_by ? released_by"


@check(
    "remittance.transfers_are_paid",
    title=_("Every transfer is a payment in the books"),
    why=_("What the bank is told and what the books say must be the same money."),
)
def transfers_are_paid() -> str:
    return """
    select t.end_to_end, t.amount, p.amount as payment, t.state, p.state as payment_state
    from remittance_transfer t join payments_payment p on p.id = t.disbursement_id
    where t.amount <> p.amount or t.currency_id <> p.currency_id or t.party_id <> p.party_id or (t.state = 'rejected' and p.state <> 'reversed')
    """
