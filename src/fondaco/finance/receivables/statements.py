"""Statements and balance confirmations for any past day, in bulk (AR-10): prepare, send, and what customers answer."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.receivables.models import CustomerStatement, StatementLine, StatementRun
from fondaco.finance.receivables.refusals import OnlyConfirmations
from fondaco.finance.receivables.wording import STATEMENT, mail
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.schema import Text

Amount = Annotated[Decimal, Field(max_digits=20, decimal_places=4)]

# An item as it stood: what is open now, and what was settled after the day.
PREPARE = """
with run as (select id, company_id, "on", party_id from receivables_statementrun where id = any (%(runs)s)), stood as (
  select r.id as run_id, r."on", i.id as item_id, i.company_id, i.party_id, i.currency_id, i.due_on,
    i.open_amount + coalesce(l.amount, 0) as amount, i.open_base_amount + coalesce(l.base_amount, 0) as base_amount
  from run r join ledger_openitem i on i.company_id = r.company_id and i.control = 'receivable' and i."on" <= r."on"
    and (r.party_id is null or r.party_id = i.party_id)
  left join lateral (
    select sum(p.amount) as amount, sum(p.base_amount) as base_amount from ledger_settlementpart p where p.item_id = i.id and p."on" > r."on"
  ) l on true
), then_open as materialized (select * from stood where amount <> 0 or base_amount <> 0), made as (
  insert into receivables_customerstatement (version, company_id, run_id, party_id, currency_id, state, balance, overdue, base_balance, sent_to, answer)
  select 1, company_id, run_id, party_id, currency_id, 'prepared', sum(amount), coalesce(sum(amount) filter (where due_on < "on"), 0), sum(base_amount), '', ''
  from then_open group by company_id, run_id, party_id, currency_id order by run_id, party_id, currency_id
  returning id, run_id, party_id, currency_id
)
insert into receivables_statementline (version, statement_id, item_id, open_amount, open_base_amount)
select 1, m.id, t.item_id, t.amount, t.base_amount from then_open t join made m using (run_id, party_id, currency_id) order by m.id, t.due_on, t.item_id
"""

# A customer's part of the control account, or all of it, from the journal itself.
TOTALS = """
update receivables_statementrun r set items_total = coalesce(s.total, 0), control_balance = coalesce(c.total, 0)
from receivables_statementrun x
left join lateral (select sum(base_balance) as total from receivables_customerstatement where run_id = x.id) s on true
left join lateral (
  select sum(l.amount) as total from ledger_journalline l join ledger_account a on a.id = l.account_id
  where l.company_id = x.company_id and a.control = 'receivable' and l."on" <= x."on" and (x.party_id is null or l.party_id = x.party_id)
) c on true
where x.id = r.id and r.id = any (%(runs)s)
"""


@action(
    StatementRun,
    moves={"draft": "prepared", "prepared": "prepared"},
    permission="receivables.write_statement",
    title=_("Prepare"),
    done=_("Statements prepared"),
)
def prepare(runs: DocumentSet[StatementRun]) -> None:
    """Prepare the statements of runs: every customer's open items as they stood at the end of the day, by currency.

    Their sum is the balance of the control accounts on that day, which the database demands. Preparing again starts anew.
    """
    _forget(runs)
    runs.number()
    with connection.cursor() as cursor:
        cursor.execute(PREPARE, {"runs": runs.ids})
        cursor.execute(TOTALS, {"runs": runs.ids})


def _forget(runs: DocumentSet[StatementRun]) -> None:
    old = CustomerStatement.objects.filter(run__in=runs.ids)
    StatementLine.objects.filter(statement__in=old)._raw_delete("default")
    old._raw_delete("default")


@action(
    StatementRun,
    moves={"draft": "cancelled", "prepared": "cancelled"},
    permission="receivables.write_statement",
    title=_("Cancel"),
    name="cancel_statements",
    done=_("Cancelled"),
)
def cancel_statements(runs: DocumentSet[StatementRun]) -> None:
    """Give runs up: nothing of them is sent, and their statements are gone."""
    _forget(runs)


@action(
    CustomerStatement,
    moves={"prepared": "left_out"},
    permission="receivables.write_statement",
    title=_("Leave out"),
    name="leave_out_statement",
    done=_("Left out"),
)
def leave_out_statement(statements: DocumentSet[CustomerStatement]) -> None:
    """Leave statements out: they are not sent, but stay part of the run's total."""


@action(
    StatementRun,
    moves={"prepared": "sent"},
    permission="receivables.send_statement",
    title=_("Send"),
    name="send_statements",
    dangerous=True,
    done=_("Statements on their way"),
)
def send_statements(runs: DocumentSet[StatementRun]) -> None:
    """Mail the statements of runs, each once; those without an address are printed from the run."""
    rows = list(
        CustomerStatement.objects.filter(run__in=runs.ids, state="prepared")
        .select_for_update(of=("self",))
        .order_by("pk")
        .select_related("run")
    )
    companies = Company.objects.in_bulk({r.company_id for r in rows})
    parties = Party.objects.in_bulk({r.party_id for r in rows})
    decimals = decimals_of({r.currency_id for r in rows})
    for r in rows:
        r.state, r.sent_to = "sent", parties[r.party_id].email
    update_rows(CustomerStatement, {"id": [r.pk for r in rows], "state": ["sent" for _ in rows], "sent_to": [r.sent_to for r in rows]})
    insert_rows(
        OutboxMessage,
        [_mail(r, companies[r.company_id], parties[r.party_id], decimals[r.currency_id]) for r in rows if r.sent_to],
    )
    record(
        [
            Interaction(
                party_id=r.party_id,
                company_id=r.company_id,
                on=r.run.on,
                kind="statement",
                channel="email" if r.sent_to else "letter",
                direction="out",
                title=_now("Balance confirmation {number}").format(number=r.run.number)
                if r.run.kind == "confirmation"
                else _now("Statement of account {number}").format(number=r.run.number),
                source_table=CustomerStatement._meta.db_table,
                source_id=r.pk,
                amount=r.balance,
                currency_id=r.currency_id,
                by=runs.actor.username,
            )
            for r in rows
        ]
    )


def _mail(statement: CustomerStatement, company: Company, customer: Party, decimals: int) -> OutboxMessage:
    run = statement.run
    with translation.override(customer.language):
        formats = Formatter(customer.language)
        day, balance = formats.day(run.on), f"{formats.amount(statement.balance, decimals)} {statement.currency_id}"
        if run.kind == "confirmation":
            title = _now("Balance confirmation")
            text = _now("by our books your balance on {day} was {balance}. Please tell us whether yours say the same.").format(
                day=day, balance=balance
            )
        else:
            title = _now("Statement of account")
            text = _now("on {day} your balance with us was {balance}. The items are listed in the attached statement.").format(
                day=day, balance=balance
            )
        greeting = _now("Dear {name},").format(name=customer.name)
        replies = _now("Please answer to {address}.").format(address=run.reply_to) if run.reply_to else ""
    body = "\n\n".join(part for part in (greeting, text, replies, company.name) if part) + "\n"
    name = (run.number or "").replace("/", "-")
    key = f"receivables.statement:{statement.pk}"
    return mail(key, company, statement.sent_to, f"{title} {day} – {company.name}", body, STATEMENT, statement.pk, name)


@action(
    CustomerStatement,
    moves={"sent": "agreed", "differs": "agreed"},
    permission="receivables.write_statement",
    title=_("Agreed"),
    done=_("Agreed"),
)
def agree(statements: DocumentSet[CustomerStatement], *, on: date, answer: Text = "") -> None:
    """Note that customers confirmed their balance."""
    _answered(statements, on, answer, None)


@action(
    CustomerStatement,
    moves={"sent": "differs", "agreed": "differs"},
    permission="receivables.write_statement",
    title=_("Differs"),
    done=_("Difference noted"),
)
def differ(statements: DocumentSet[CustomerStatement], *, on: date, their_balance: Amount, answer: Text = "") -> None:
    """Note that customers' books say something else: their balance, and what they say about it."""
    _answered(statements, on, answer, their_balance)


def _answered(statements: DocumentSet[CustomerStatement], on: date, answer: str, their_balance: Decimal | None) -> None:
    asked = set(StatementRun.objects.filter(pk__in={s.run_id for s in statements}, kind="confirmation").values_list("pk", flat=True))
    unasked = [s for s in statements if s.run_id not in asked]
    if unasked:
        raise OnlyConfirmations(document=unasked[0], rows=rows_json(unasked))
    for s in statements:
        s.answered_on, s.answer = on, answer
        s.their_balance = s.balance if their_balance is None else their_balance
    statements.save("answered_on", "answer", "their_balance")
