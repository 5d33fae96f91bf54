"""What must always be true of online payments."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "onlinepayments.receipts_are_what_came",
    title=_("What providers took stands in the books, to the cent and once"),
    why=_("A customer paid online, and the books know less, more or nothing of it."),
)
def receipts_are_what_came() -> str:
    return """
    select o.number, o.amount, p.amount as received, p.kind from onlinepayments_onlinepayment o join payments_payment p on p.id = o.payment_id
    join onlinepayments_paymentprovider v on v.id = o.provider_id join payments_bankaccount b on b.id = v.bank_account_id
    where (p.kind, p.amount, p.party_id, p.currency_id, p.company_id, p.account_id) is distinct from ('received', o.amount, o.party_id, o.currency_id, o.company_id, b.account_id)
    union all
    select r.number, r.amount, p.amount, p.kind from onlinepayments_onlinerefund r join payments_payment p on p.id = r.payment_id
    join onlinepayments_onlinepayment o on o.id = r.online_payment_id
    where (p.kind, p.amount, p.party_id, p.currency_id) is distinct from ('refund', r.amount, o.party_id, o.currency_id)
    union all
    select o.number, o.fee, -sum(l.currency_amount), 'fee' from onlinepayments_onlinepayment o
    join onlinepayments_paymentprovider v on v.id = o.provider_id join payments_bankaccount b on b.id = v.bank_account_id
    join ledger_journalline l on l.entry_id = o.fee_entry_id and l.account_id = b.account_id group by o.id having o.fee <> -sum(l.currency_amount)
    """


@check(
    "onlinepayments.booked_soon",
    title=_("What was paid online is booked, and what came otherwise was looked at"),
    why=_(
        "A customer paid and still stands as owing, or paid twice and waits for his money. Look under Books > Online payments, and in the outbox for the reason."
    ),
    is_notice=True,
)
def booked_soon() -> str:
    return """
    select o.number, o.state, o.paid_at, o.said from onlinepayments_onlinepayment o
    where o.state = 'differs' or (o.state = 'paid' and o.paid_at < now() - interval '1 hour')
      or (o.excess > 0 and exists (select from payments_payment p join ledger_openitem i on i.entry_id = p.entry_id
        where p.id = o.payment_id and i.control = 'receivable' and i.open_amount < 0))
    """
