"""The verbs of lists of trade."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.catalog.models import CommodityCode
from fondaco.masterdata.companies.models import Company, Country
from fondaco.operations.intrastat.drawing import Drawing, facts_of
from fondaco.operations.intrastat.models import (
    KIND_KEYS,
    DocumentTrade,
    Statement,
    StatementFact,
    StatementRow,
)
from fondaco.operations.intrastat.planning import due_on, periods_of, quarter_before, quarter_of
from fondaco.operations.intrastat.queries import Scope, lists_of, month_totals, quarters_before, rule_on, rules_of
from fondaco.operations.intrastat.reading import drawings, untold_moves
from fondaco.operations.intrastat.refusals import (
    CountryUnknown,
    DocumentNotHere,
    EarlierListOpen,
    ListIncomplete,
    NothingTold,
    PeriodNotOver,
    RulesMissing,
)
from fondaco.operations.intrastat.wording import MISSING
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO

Nature = Annotated[
    Literal["", "11", "12", "21", "22", "23", "31", "32", "33", "34", "41", "42", "51", "52", "60", "71", "72", "80", "91", "99"],
    Field(json_schema_extra={"words": "intrastat.documenttrade.nature"}),
]
Terms = Annotated[
    Literal["", "EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP", "XXX"],
    Field(json_schema_extra={"words": "intrastat.documenttrade.delivery_terms"}),
]
Transport = Annotated[
    Literal["", "1", "2", "3", "4", "5", "7", "8", "9"], Field(json_schema_extra={"words": "intrastat.documenttrade.transport"})
]
Supply = Annotated[Literal["", "I", "R"], Field(json_schema_extra={"words": "intrastat.documenttrade.supply"})]
Paid = Annotated[Literal["", "B", "A", "X"], Field(json_schema_extra={"words": "intrastat.documenttrade.payment"})]
EmptyDay = Annotated[date | None, Field(json_schema_extra={"empty": True})]


@action(Company, permission="intrastat.write_statement", name="open_lists", title=_("Open Intrastat lists"), done=_("Lists opened"))
def open_lists(companies: DocumentSet[Company], *, through: date) -> None:
    """Open the lists of goods and services traded with other member states, up to the period of a day: by month or by quarter, as the law and
    the amounts of the quarters before have it. Those that are filed stay; open ones follow when the amounts ask for other periods."""
    pairs = [(company.pk, kind) for company in companies for kind in KIND_KEYS]
    rules, lists = rules_of(pairs), lists_of(pairs)
    without = [c for c in companies if not any(rules[c.pk, kind] for kind in KIND_KEYS)]
    if without:
        raise RulesMissing(company=", ".join(map(str, without)))
    starts = {pair: _begins(lists[pair], through) for pair in pairs}
    history = min(quarter_before(quarter_before(quarter_before(quarter_before(quarter_of(s))))) for s in starts.values())
    totals = month_totals([Scope(*pair, history, _quarter_end(through)) for pair in pairs])
    fresh, stale = [], []
    for pair in pairs:
        wanted = _wanted(pair, starts[pair], through, rules[pair], totals.get(pair, {}))
        standing = {(s.starts_on, s.ends_on, s.frequency, s.with_statistics): s for s in lists[pair] if s.state == Statement.OPEN}
        last = max((s.ends_on for s in lists[pair] if s.state == Statement.FILED), default=date.min)
        wanted = {key: made for key, made in wanted.items() if key[0] > last}
        stale += [s.pk for key, s in standing.items() if key not in wanted and s.starts_on <= _quarter_end(through)]
        fresh += [made for key, made in wanted.items() if key not in standing]
    Statement.objects.filter(pk__in=stale).delete()
    insert_rows(Statement, fresh)
    companies.made["intrastat-lists"] = [s.pk for s in fresh]


def _begins(lists: list[Statement], through: date) -> date:
    """Where lists go on: after the last that is filed, else with the first that is open, else with the quarter of the day."""
    filed = [s for s in lists if s.state == Statement.FILED]
    if filed:
        return filed[-1].ends_on + timedelta(days=1)
    return lists[0].starts_on if lists else quarter_of(through)


def _quarter_end(day: date) -> date:
    first = quarter_of(day)
    return date(first.year, first.month + 2, 28) + timedelta(days=3 if first.month in (1, 7, 10) else 2)


def _wanted(
    pair: tuple[int, str], begins: date, through: date, rules: list, totals: dict[date, Decimal]
) -> dict[tuple[date, date, str, bool], Statement]:
    found, first = {}, quarter_of(begins)
    while first <= through:
        rule = rule_on(rules, first)
        months = [totals.get(date(first.year, first.month + n, 1), ZERO) for n in range(3)]
        for p in periods_of(rule, first, quarters_before(totals, first), months) if rule else ():
            if p.starts_on <= through and p.ends_on >= begins:
                found[p.starts_on, p.ends_on, p.frequency, p.with_statistics] = Statement(
                    company_id=pair[0], kind=pair[1], starts_on=p.starts_on, ends_on=p.ends_on, frequency=p.frequency,
                    with_statistics=p.with_statistics, due_on=due_on(p.ends_on, rule.due_day),
                )  # fmt: skip
        first = _quarter_end(first) + timedelta(days=1)
    return found


def _period(row: Statement) -> str:
    return f"{row.starts_on:%Y-%m}" if row.starts_on.month == row.ends_on.month else f"{row.starts_on:%Y-%m} – {row.ends_on:%Y-%m}"


@action(Statement, moves={"open": "filed"}, permission="intrastat.file_statement", title=_("File list"), done=_("Filed"))
def file(statements: DocumentSet[Statement], *, on: date) -> None:
    """Number lists and keep their rows as they were filed: they never change. What comes later is told as a correction on the first open list.

    Lists of one kind are filed in their order, after their period, and whole: each row says all that the law asks for.
    """
    keys = set(statements.ids)
    lists = lists_of({(s.company_id, s.kind) for s in statements})
    for row in statements:
        if row.ends_on >= on:
            raise PeriodNotOver(document=_period(row), on=on, ends_on=row.ends_on, rows=rows_json([row]))
        before = next(
            (s for s in lists[row.company_id, row.kind] if s.state == Statement.OPEN and s.ends_on < row.starts_on and s.pk not in keys),
            None,
        )
        if before is not None:
            raise EarlierListOpen(document=_period(row), earlier=_period(before), rows=rows_json([row]))
    found = drawings(statements.rows)
    for row in statements:
        _refuse_incomplete(row, found[row.pk])
    statements.draw_numbers()
    for row in statements:
        row.filed_on, row.amount = on, found[row.pk].amount
    insert_rows(StatementRow, [_of(row, d.row) for row in statements for d in found[row.pk].rows])
    insert_rows(StatementFact, [fact for row in statements for fact in facts_of(row, found[row.pk])])
    statements.save_with_state("number", "filed_on", "amount")


def _of(statement: Statement, row: StatementRow) -> StatementRow:
    row.statement = statement
    return row


def _refuse_incomplete(statement: Statement, drawing: Drawing) -> None:
    if drawing.incomplete:
        one = drawing.incomplete[0]
        names = ", ".join(sorted({f.number for f in one.facts})[:3])
        first = f"{names}: {', '.join(str(MISSING[name]) for name in one.missing)}."
        raise ListIncomplete(document=_period(statement), count=len(drawing.incomplete), first=first, rows=rows_json([statement]))


@action(
    Statement, moves={"filed": "filed"}, permission="intrastat.file_statement", name="keep_protocol", title=_("Enter protocol"), done=_("Kept")
)  # fmt: skip
def keep_protocol(statements: DocumentSet[Statement], *, protocol: str) -> None:
    """Keep the number that the authority gave filed lists: corrections of services name it. It stays once it was entered."""
    for row in statements:
        row.protocol = protocol.strip().upper()
    statements.save("protocol")


@action(
    Statement, moves={"open": "open"}, permission="intrastat.write_statement", name="tell", title=_("Tell of documents"), done=_("Told")
)  # fmt: skip
def tell(
    statements: DocumentSet[Statement], *, documents: str, nature: Nature = "", delivery_terms: Terms = "", transport: Transport = "",
    country: str = "", origin: str = "", region: str = "", commodity_code: str = "", net_mass: Decimal | None = None,
    statistical_percent: Decimal | None = None, service_code: str = "", supply: Supply = "", payment: Paid = "",
    corrects_on: EmptyDay = None, left_out: str = "",
) -> None:  # fmt: skip
    """Say of documents of open lists what is not as usual: their numbers with blanks between, and what is filled in goes for each of them.

    Countries are told by their two letters. ``corrects_on`` is a day of the period that a credit note corrects where it does not name its
    invoice; ``left_out`` says why a document belongs on no list.
    """
    given: dict[str, Any] = {
        "nature": nature, "delivery_terms": delivery_terms, "transport": transport, "country": _country(country), "origin": _country(origin),
        "region": region.strip().upper(), "commodity_code": _commodity(commodity_code), "net_mass": net_mass, "statistical_percent": statistical_percent,
        "service_code": service_code.strip(), "supply": supply, "payment": payment, "corrects_on": corrects_on, "left_out": left_out.strip(),
    }  # fmt: skip
    said = {name: value for name, value in given.items() if value not in ("", None)}
    if not said:
        raise NothingTold(document=documents)
    wanted = _documents(statements, documents.split())
    company = {(table, key): company for table, key, company in wanted}
    present = {
        (d.source_table, d.source_id): d
        for d in DocumentTrade.objects.filter(source_id__in=[key for _t, key in company]).select_for_update().order_by("pk")
        if (d.source_table, d.source_id) in company
    }
    if present:
        rows = list(present.values())
        update_rows(
            DocumentTrade,
            {"id": [d.pk for d in rows], **{name: [getattr(v, "pk", v)] * len(rows) for name, v in said.items()}},
        )
    insert_rows(
        DocumentTrade,
        [DocumentTrade(company_id=company[d], source_table=d[0], source_id=d[1], **said) for d in sorted(set(company) - set(present))],
    )


def _country(text: str) -> Country | None:
    if not text.strip():
        return None
    found = Country.objects.filter(pk=text.strip().upper()).first()
    if found is None:
        raise CountryUnknown(text=text)
    return found


def _commodity(text: str) -> CommodityCode | None:
    if not text.strip():
        return None
    found = CommodityCode.objects.filter(code="".join(text.split())).first()
    if found is None:
        raise CountryUnknown(text=text)
    return found


def _documents(statements: DocumentSet[Statement], numbers: list[str]) -> list[tuple[str, int, int]]:
    """The documents of lists that are called by these numbers, ours or the partner's: table, key, company."""
    known: dict[str, set[tuple[str, int, int]]] = {}
    for drawing in drawings(statements.rows).values():
        for fact in [f for d in drawing.rows for f in d.facts] + drawing.left_out + drawing.nothing:
            for number in {fact.number, fact.document_number}:
                known.setdefault(number, set()).add((fact.source_table, fact.source_id, fact.company))
    found: list[tuple[str, int, int]] = []
    if any(n not in known for n in numbers):
        company = {s.pk: s.company_id for s in statements}
        for key, papers in untold_moves(statements.rows).items():
            for table, paper, number, _partner, _on in papers:
                known.setdefault(number, set()).add((table, paper, company[key]))
    for number in numbers:
        if number not in known:
            raise DocumentNotHere(document=number)
        found += sorted(known[number])
    return found
