"""The verbs of dunning: propose, leave out, put back, send, cancel, waive (AR-04)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils import translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle
from fondaco.finance.receivables.candidates import Candidate, candidates, letters
from fondaco.finance.receivables.models import DunningLevel, DunningProcedure, DunningRun, ReferenceRate, Reminder, ReminderItem
from fondaco.finance.receivables.posting import charges_of
from fondaco.finance.receivables.queries import entries_of
from fondaco.finance.receivables.refusals import ChargesSettled, NoProcedure, NothingCharged, RunIsOver
from fondaco.finance.receivables.wording import LETTER, mail, written
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateTable, decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.database.bulk import insert_rows, insert_values, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, rounded


@action(
    DunningRun,
    moves={"draft": "proposed", "proposed": "proposed"},
    permission="receivables.write_dunning",
    title=_("Propose"),
    done=_("Reminders proposed"),
)
def propose(runs: DocumentSet[DunningRun]) -> None:
    """Propose the reminders of runs: every overdue item that has waited long enough is raised by one level.

    Nothing is proposed for what is stopped, promised or disputed, nor for customers whose balance is in credit. Proposing again
    starts anew. Interest is charged to the last day for which the rate is known; what is missing is told.
    """
    companies = set(DunningProcedure.objects.filter(company__in={r.company_id for r in runs}).values_list("company_id", flat=True))
    lacking = [r for r in runs if r.company_id not in companies]
    if lacking:
        raise NoProcedure(document=lacking[0], company=lacking[0].company, rows=rows_json(lacking))
    _forget(runs)
    runs.number()
    found = letters(runs)
    _tell_missing_rates(runs, [row for rows in found.values() for row in rows])
    rates = _rates(runs, found.values())
    reminders = [_reminder(rows, rates[rows[0].company]) for rows in found.values()]
    insert_rows(Reminder, reminders)
    insert_values(
        ReminderItem,
        ["reminder", "item", "level", "days_overdue", "open_amount", "interest", "interest_from", "interest_until", "is_sent"],
        [
            (reminder.pk, r.item, r.level, r.days, r.open, r.interest, r.interest_from, r.interest_until, False)
            for reminder, rows in zip(reminders, found.values(), strict=True)
            for r in rows
        ],
    )


def _tell_missing_rates(runs: DocumentSet[DunningRun], rows: Iterable[Candidate]) -> None:
    """Say which rate ended before the day of the run, and what to do: nobody is charged by an old figure."""
    found = {(r.reference_rate, r.run) for r in rows if r.lacks_rate}
    last = dict(
        ReferenceRate.objects.filter(code__in={code for code, _run in found}).order_by("valid_from").values_list("code", "valid_to")
    )
    for code in sorted({code for code, _run in found}):
        if code in last:
            text = _now(
                "Interest is charged only to {until}, the last day for which the rate {code} is known; the rest follows with a later reminder. Enter the rate from then on under Set up > Reference rates, and propose again."
            )
        else:
            text = _now("No interest is charged: there is no rate {code}. Enter it under Set up > Reference rates, and propose again.")
        runs.told[code] = text.format(until=last.get(code), code=code)


def _rates(runs: DocumentSet[DunningRun], letters_: Iterable[Sequence[Candidate]]) -> dict[int, RateTable]:
    """The exchange rates that letters need, by company."""
    wanted: dict[int, set[str]] = {r.company_id: set() for r in runs}
    for rows in letters_:
        wanted[rows[0].company].add(rows[0].currency)
    companies = Company.objects.in_bulk(wanted)
    return {pk: rate_table(companies[pk], currencies) for pk, currencies in wanted.items()}


def _reminder(rows: Sequence[Candidate], rates: RateTable) -> Reminder:
    """The letter about some items. Its fee is that of its highest level, at the rate of the day, rounded half away from zero."""
    highest = max(rows, key=lambda r: r.level)
    fee = rounded(highest.fee / rates.rate(highest.currency, highest.on), rates.decimals[highest.currency])
    return Reminder(
        company_id=highest.company,
        run_id=highest.run,
        party_id=highest.party,
        on=highest.on,
        currency_id=highest.currency,
        procedure_id=highest.procedure,
        level=highest.level,
        total=sum((r.open for r in rows), ZERO),
        interest=sum((r.interest for r in rows), ZERO),
        fee=fee,
        pay_until=highest.on + timedelta(days=max(r.days_to_pay for r in rows)),
    )


def _refresh(runs: DocumentSet[DunningRun]) -> None:
    """Bring proposals to the present moment: what was paid, stopped or reminded of elsewhere is no longer in them, the rest is as it is
    now; a letter without items is left out."""
    now = {(r.run, r.item): r for r in candidates(runs)}
    letters_: dict[int, list[Candidate]] = {
        pk: [] for pk in Reminder.objects.filter(run__in=runs.ids, state="proposed").order_by("pk").values_list("pk", flat=True)
    }
    gone, changed = [], []
    rows = ReminderItem.objects.filter(reminder__in=list(letters_)).order_by("pk")
    for pk, reminder, run, item, level, amount, interest in rows.values_list(
        "pk", "reminder_id", "reminder__run_id", "item_id", "level", "open_amount", "interest"
    ):
        found = now.get((run, item))
        if found is None or found.level != level:
            gone.append(pk)
            continue
        letters_[reminder].append(found)
        if (found.open, found.interest) != (amount, interest):
            changed.append((pk, found))
    ReminderItem.objects.filter(pk__in=gone)._raw_delete("default")
    update_rows(
        ReminderItem,
        {
            "id": [pk for pk, _f in changed],
            "open_amount": [f.open for _pk, f in changed],
            "interest": [f.interest for _pk, f in changed],
            "days_overdue": [f.days for _pk, f in changed],
        },
    )
    if gone or changed:
        left = {pk: rows_ for pk, rows_ in letters_.items() if rows_}
        rates = _rates(runs, left.values())
        made = {pk: _reminder(rows_, rates[rows_[0].company]) for pk, rows_ in left.items()}
        update_rows(
            Reminder, {"id": list(made), **{f: [getattr(m, f) for m in made.values()] for f in ("total", "interest", "fee", "level")}}
        )
        emptied = [pk for pk, rows_ in letters_.items() if not rows_]
        Reminder.objects.filter(pk__in=emptied).update(state="left_out", total=ZERO, interest=ZERO, fee=ZERO)


def _forget(runs: DocumentSet[DunningRun]) -> None:
    old = Reminder.objects.filter(run__in=runs.ids)
    ReminderItem.objects.filter(reminder__in=old)._raw_delete("default")
    old._raw_delete("default")


@action(Reminder, moves={"proposed": "left_out"}, permission="receivables.write_dunning", title=_("Leave out"), done=_("Left out"))
def leave_out(reminders: DocumentSet[Reminder]) -> None:
    """Leave reminders out of their run: they are not sent, and their items keep their level."""


@action(Reminder, moves={"left_out": "proposed"}, permission="receivables.write_dunning", title=_("Put back"), done=_("Will be sent"))
def put_back(reminders: DocumentSet[Reminder]) -> None:
    """Put reminders back into their run, while it is not sent."""
    runs = DunningRun.objects.select_for_update().in_bulk({r.run_id for r in reminders})
    late = [r for r in reminders if runs[r.run_id].state != "proposed"]
    if late:
        raise RunIsOver(document=", ".join(map(str, late[:20])), run=runs[late[0].run_id], rows=rows_json(late))


@action(
    DunningRun,
    moves={"draft": "cancelled", "proposed": "cancelled"},
    permission="receivables.write_dunning",
    title=_("Cancel"),
    done=_("Cancelled"),
    name="cancel",
)
def cancel(runs: DocumentSet[DunningRun]) -> None:
    """Give runs up: nothing of them is sent, and their proposals are gone."""
    runs.number()
    _forget(runs)


@action(
    DunningRun,
    moves={"proposed": "sent"},
    permission="receivables.send_reminder",
    title=_("Send"),
    done=_("Reminders on their way"),
)
def send(runs: DocumentSet[DunningRun]) -> None:
    """Send the reminders of runs: number them, book fees and interest as open items, mail the letters where there is an address.

    What was paid, stopped or reminded of elsewhere since the proposal is left out. An item is reminded of once at each level;
    a letter is mailed once, from the outbox. Letters without an address are printed from the run.
    """
    lock_items(ReminderItem.objects.filter(reminder__run__in=runs.ids, reminder__state="proposed").values_list("item_id", flat=True))
    _refresh(runs)
    reminders = list(
        Reminder.objects.filter(run__in=runs.ids, state="proposed").select_for_update(of=("self",)).order_by("pk").select_related("run")
    )
    if not reminders:
        return
    companies = Company.objects.in_bulk({r.company_id for r in reminders})
    parties = Party.objects.in_bulk({r.party_id for r in reminders})
    levels = {(v.procedure_id, v.level): v for v in DunningLevel.objects.filter(procedure__in={r.procedure_id for r in reminders})}
    DocumentSet(Reminder, reminders, runs.actor).draw_numbers()
    _book_charges(reminders, companies, runs)
    for r in reminders:
        r.state, r.sent_to = "sent", parties[r.party_id].email
    # The items first: a sent reminder and what it lists never change.
    ReminderItem.objects.filter(reminder__in=[r.pk for r in reminders]).update(is_sent=True)
    update_rows(
        Reminder,
        {
            "id": [r.pk for r in reminders],
            **{f: [getattr(r, Reminder._meta.get_field(f).attname) for r in reminders] for f in ("number", "entry", "state", "sent_to")},
        },
    )
    decimals = decimals_of({r.currency_id for r in reminders})
    insert_rows(
        OutboxMessage,
        [
            _mail(r, companies[r.company_id], parties[r.party_id], levels[r.procedure_id, r.level], decimals[r.currency_id])
            for r in reminders
            if r.sent_to
        ],
    )
    record(
        [
            Interaction(
                party_id=r.party_id,
                company_id=r.company_id,
                on=r.on,
                kind="reminder",
                channel="email" if r.sent_to else "letter",
                direction="out",
                title=_now("Reminder {number}, level {level}").format(number=r.number, level=r.level),
                source_table=Reminder._meta.db_table,
                source_id=r.pk,
                amount=r.total + r.fee + r.interest,
                currency_id=r.currency_id,
                by=runs.actor.username,
            )
            for r in reminders
        ]
    )


def _book_charges(reminders: Sequence[Reminder], companies: dict[int, Company], runs: DocumentSet[DunningRun]) -> None:
    """Fee and interest become open items of the customer; statements do not grow with the reminders."""
    charged = [r for r in reminders if r.fee or r.interest]
    wanted = defaultdict(set)
    for r in charged:
        wanted[r.company_id].add(r.currency_id)
    rates = {company: rate_table(companies[company], currencies) for company, currencies in wanted.items()}
    bases = decimals_of({companies[c].currency_id for c in wanted})
    drafts = [
        charges_of(r, rates[r.company_id].rate(r.currency_id, r.on), bases[companies[r.company_id].currency_id], runs.reason)
        for r in charged
    ]
    for r, entry in zip(charged, ledger.post(drafts, actor=runs.actor), strict=True):
        r.entry = entry


def _mail(reminder: Reminder, company: Company, customer: Party, level: DunningLevel, decimals: int) -> OutboxMessage:
    with translation.override(customer.language):
        title, text = written(level, reminder, company, customer, decimals)
        subject = f"{title} {reminder.number} – {company.name}"
        greeting = _now("Dear {name},").format(name=customer.name)
        attached = _now("The letter is attached.")
        body = f"{greeting}\n\n{text}\n\n{attached}\n\n{company.name}\n"
    name = (reminder.number or "").replace("/", "-")
    return mail(f"receivables.reminder:{reminder.pk}", company, reminder.sent_to, subject, body, LETTER, reminder.pk, name)


@action(
    Reminder,
    moves={"sent": "sent"},
    permission="receivables.waive_charge",
    title=_("Waive charges"),
    needs_reason=True,
    dangerous=True,
    done=_("Charges waived"),
)
def waive(reminders: DocumentSet[Reminder], *, on: date) -> None:
    """Waive fee and interest of reminders: their entry is reversed and its open item closed; refused once something was paid on it."""
    nothing = [r for r in reminders if r.entry_id is None]
    if nothing:
        raise NothingCharged(document=", ".join(map(str, nothing)), rows=rows_json(nothing))
    keys = [r.entry_id for r in reminders]
    lock_items(i.pk for items in open_items_of(keys).values() for i in items)
    items = open_items_of(keys)
    settled = [r for r in reminders if any(i.open_amount != i.amount for i in items[r.entry_id or 0])]
    if settled:
        raise ChargesSettled(document=", ".join(map(str, settled)), rows=rows_json(settled))
    mirrors = ledger.post(
        ledger.reversal_of(entries_of(keys), on=on, memo=reminders.reason, late_reason=reminders.reason), actor=reminders.actor
    )
    mirrored = open_items_of(m.pk for m in mirrors)
    settle(
        [
            SettlementDraft(
                m.company_id, on, {x.pk: x.amount for x in [*items[m.reverses_id or 0], *mirrored[m.pk]]}, reason=reminders.reason
            )
            for m in mirrors
        ],
        actor=reminders.actor,
    )
