"""The audit file of a fiscal year: every journal line in the 18 columns of the French FEC (art. A47 A-1 LPF), which many auditors' programs read.

Tab between columns, decimal comma, days as 20261231, UTF-8. The file reproduces the trial balance: what accounts opened with stands
first, in a journal ``AN`` (TX-07).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import connection
from django.utils.translation import gettext as _

from fondaco.finance.ledger.models import Account
from fondaco.finance.ledger.queries import figures
from fondaco.insight.statements.queries import RESULT_KINDS
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import ZERO

#: The right to take the whole journal out of the house.
EXPORT_AUDIT_FILE = standalone("ledger.export_audit_file")
OPENING = "AN"
COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate",
    "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip

LINES = r"""
copy (
  select {code}, {journal}, {number}, to_char(e."on", 'YYYYMMDD'), a.number, {account}, coalesce({party_code}, ''), coalesce({party}, ''),
    coalesce({piece}, {number}), to_char(coalesce(t.document_on, e."on"), 'YYYYMMDD'), coalesce(nullif({memo}, ''), {number}),
    replace(round(greatest(l.amount, 0), %(decimals)s)::text, '.', ','), replace(round(greatest(-l.amount, 0), %(decimals)s)::text, '.', ','),
    coalesce(s.settlement_id::text, ''), coalesce(to_char(i.closed_on, 'YYYYMMDD'), ''), to_char(e.created_at, 'YYYYMMDD'),
    case when l.currency_id <> %(base)s then replace(round(abs(l.currency_amount), u.decimals::int)::text, '.', ',') else '' end,
    case when l.currency_id <> %(base)s then l.currency_id else '' end
  from ledger_journalline l
  join ledger_journalentry e on e.id = l.entry_id join ledger_journal j on j.id = e.journal_id
  join ledger_account a on a.id = l.account_id join companies_currency u on u.code = l.currency_id
  left join parties_party p on p.id = l.party_id
  left join ledger_openitem i on i.line_id = l.id and i.closed_on is not null
  left join lateral (select max(settlement_id) as settlement_id from ledger_settlementpart where item_id = i.id) s on true
  left join lateral (select protocol, document_on from tax_taxentry where entry_id = e.id order by id limit 1) t on true
  where l.company_id = %(company)s and l."on" between %(first)s and %(last)s
  order by e."on", e.id, l.position
) to stdout
"""
_BREAKS = r"[\t\r\n\\]"


def write_audit_file(file: BinaryIO, company: Company, *, first: date, last: date) -> int:
    """Write the audit file of the days of a fiscal year that starts on ``first``; how many lines it has, the head apart.

    The lines are written by the database itself, in one statement, so that memory does not grow with them.
    """
    file.write(("\t".join(COLUMNS) + "\r\n").encode())
    count = 0
    for row in _opening(company, first):
        file.write(("\t".join(row) + "\r\n").encode())
        count += 1
    given = {"company": company.pk, "first": first, "last": last, "base": company.currency_id, "decimals": int(company.currency.decimals)}
    with connection.cursor() as cursor, cursor.copy(_statement(company), given) as copy:
        for block in copy:
            data = bytes(block)
            count += data.count(b"\n")
            file.write(data.replace(b"\n", b"\r\n"))
    return count


def file_name(company: Company, last: date) -> str:
    """The name that the rule asks for: the company's number, FEC, and the last day."""
    return f"{re.sub(r'[^A-Za-z0-9]', '', company.vat_number or company.code)}FEC{last:%Y%m%d}.txt"


def _plain(column: str) -> str:
    """What would break a row of the file becomes a blank."""
    return f"regexp_replace({column}, '{_BREAKS}', ' ', 'g')"


def _statement(company: Company) -> str:
    name = "coalesce(nullif(a.name_it, ''), a.name)" if company.language == "it" else "a.name"
    return LINES.format(
        code=_plain("j.code"), journal=_plain("j.name"), number=_plain("e.number"), account=_plain(name), party_code=_plain("p.code"), party=_plain("p.name"),
        piece=_plain("t.protocol"), memo=_plain("e.memo || case when l.memo <> '' then ' ' || l.memo else '' end"),
    )  # fmt: skip


def _opening(company: Company, first: date) -> Iterator[list[str]]:
    """What each account opened with; the result of earlier years that nobody carried over stands on retained earnings."""
    accounts = {a.pk: a for a in Account.objects.filter(company=company).order_by("number")}
    opened: dict[int, Decimal] = {}
    retained = next((a.pk for a in accounts.values() if a.purpose == "retained_earnings"), None)
    for key, figure in figures(company.pk, first=first, last=first).items():
        if figure.opening:
            place = retained if accounts[key].kind in RESULT_KINDS and retained else key
            opened[place] = opened.get(place, ZERO) + figure.opening
    day, before = f"{first:%Y%m%d}", first - timedelta(days=1)
    memo = _("Opening balance of {day}").format(day=before.isoformat())
    for key, amount in sorted(opened.items(), key=lambda item: accounts[item[0]].number):
        if amount:
            account = accounts[key]
            name = account.name_it if company.language == "it" and account.name_it else account.name
            debit, credit = (_figure(company, max(value, ZERO)) for value in (amount, -amount))
            row: list[Any] = [OPENING, _("Opening"), f"{OPENING}/{first.year}", day, account.number, name, "", "", OPENING, day, memo, debit, credit, "", "", day, "", ""]  # fmt: skip
            yield [re.sub(_BREAKS, " ", str(cell)) for cell in row]


def _figure(company: Company, amount: Decimal) -> str:
    return f"{amount:.{company.currency.decimals}f}".replace(".", ",")
