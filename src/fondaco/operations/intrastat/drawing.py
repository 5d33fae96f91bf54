"""From facts to the rows of lists: which list a fact belongs on, whether it corrects an earlier one, and what a row still lacks. Pure: no query, no clock.

A document belongs on the list of its tax point. What comes after that list was filed corrects it, on the first one that is open; a credit note
corrects the period of its invoice; a document that was reversed before its list was filed was never there.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stdnum.eu import vat as eu_vat

from fondaco.finance.einvoicing.queries import with_country
from fondaco.operations.intrastat.models import GOODS, ListRule, Statement, StatementFact, StatementRow
from fondaco.operations.intrastat.queries import Fact
from fondaco.platform.money import ZERO, rounded

NORMAL, CORRECTION = StatementRow.NORMAL, StatementRow.CORRECTION
HALF = Decimal("0.5")
#: What products say of goods and services, so that who lacks it is sent there.
OF_PRODUCT = ("commodity", "commodity_ended", "mass", "supplementary", "origin", "service")


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact on a list: as an operation of its period, or as the correction of another; ``is_late`` where its own list was filed without it."""

    fact: Fact
    section: str = NORMAL
    corrects: tuple[date, date] | None = None
    is_late: bool = False

    @property
    def is_left_out(self) -> bool:
        """Whether it belongs on no row: said so of its document, or money asked for before any goods moved."""
        return bool(self.fact.left_out) or (self.fact.is_down_payment and self.fact.kind in GOODS)


@dataclass
class Drawn:
    """A row as it stands now, with the facts it is made of and what it still lacks."""

    row: StatementRow
    facts: list[Fact]
    missing: tuple[str, ...] = ()
    is_late: bool = False

    @property
    def product(self) -> Fact | None:
        """A fact of the one product that the row is about; None where it is about several or none."""
        products = {f.product for f in self.facts}
        return self.facts[0] if len(products) == 1 and self.facts[0].product else None


@dataclass
class Drawing:
    """What a list comes to now."""

    rows: list[Drawn] = field(default_factory=list)
    left_out: list[Fact] = field(default_factory=list)
    nothing: list[Fact] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((d.row.amount for d in self.rows), ZERO)

    @property
    def incomplete(self) -> list[Drawn]:
        return [d for d in self.rows if d.missing]

    def of(self, section: str) -> list[Drawn]:
        return [d for d in self.rows if d.row.section == section]


def month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def placed(facts: Sequence[Fact], lists: Sequence[Statement]) -> dict[int, list[Placed]]:
    """Facts of one company and kind by the key of the open list they belong on; those of days without an open list are left for later."""
    found: dict[int, list[Placed]] = {s.pk: [] for s in lists if s.state == Statement.OPEN}
    first = next((s for s in lists if s.state == Statement.OPEN), None)
    for fact in facts if first else ():
        home, one = _home(fact, lists, first)
        if home is not None:
            found[home.pk].append(one)
    return found


def _home(fact: Fact, lists: Sequence[Statement], first: Statement) -> tuple[Statement | None, Placed]:
    def of(day: date) -> Statement | None:
        return next((s for s in lists if s.starts_on <= day <= s.ends_on), None)

    own = of(fact.on)
    corrected = fact.corrects_on or fact.original_on
    original = of(corrected) if corrected else None
    if fact.is_reversal and original is not None and original.state == Statement.OPEN:
        return original, Placed(fact)
    target = own if own is not None and own.state == Statement.OPEN else first if own is not None else None
    if target is None:
        return None, Placed(fact)
    if corrected and original is not own:
        days = (original.starts_on, original.ends_on) if original else month_of(corrected)
        return target, Placed(fact, CORRECTION, days)
    if own is not target and own is not None:
        if fact.kind in GOODS or corrected:
            return target, Placed(fact, CORRECTION, (own.starts_on, own.ends_on))
        # A service has no row there that could be corrected: it is told now, with the day of its own invoice.
        return target, Placed(fact, is_late=True)
    return target, Placed(fact)


def drawn(statement: Statement, rule: ListRule | None, own: Sequence[Placed], filed_rows: Mapping[tuple[str, int, str], int]) -> Drawing:
    """The rows of an open list. ``filed_rows``: the rows of filed lists in which documents stand, for corrections of services."""
    result = Drawing()
    asks = set((rule.asks if rule else "").split())
    if statement.with_statistics and rule:
        asks |= set(rule.asks_statistics.split())
    groups: dict[tuple, list[Placed]] = {}
    here = {(p.fact.source_table, p.fact.source_id): p.fact for p in own if p.section == NORMAL}
    key_of: Callable[[Placed], tuple] = _goods_key(statement, asks) if statement.kind in GOODS else _service_key(here, filed_rows)
    for one in own:
        if one.is_left_out:
            result.left_out.append(one.fact)
        elif one.fact.move is not None and not statement.with_statistics:
            continue
        else:
            groups.setdefault(key_of(one), []).append(one)
    for key in sorted(groups, key=lambda k: (k[0] == CORRECTION, *map(str, k))):
        made = _row(statement, asks, groups[key], here, filed_rows)
        if made.row.value or made.row.statistical or made.row.net_mass:
            result.rows.append(made)
        else:
            result.nothing.extend(made.facts)
    for section in (NORMAL, CORRECTION):
        for position, made in enumerate(result.of(section), start=1):
            made.row.position = position
    return result


def _vat(fact: Fact) -> str:
    return with_country(fact.vat_number, fact.party_country)


def _goods_key(statement: Statement, asks: set[str]) -> Callable[[Placed], tuple]:
    def key(one: Placed) -> tuple:
        f = one.fact
        # Goods without a code stand for themselves, so that each can be mended.
        base = (
            one.section, *(one.corrects or ()), *((_vat(f), f.party) if "partner" in asks else ()), f.commodity,
            f.product if not f.commodity else "", f.nature, f.is_triangular, f.move is not None,
        )  # fmt: skip
        if one.section == CORRECTION:
            return (*base, f.value < 0)
        return (*base, f.terms, f.transport, f.country, f.region, f.origin) if statement.with_statistics else base

    return key


def _service_key(here: Mapping[tuple[str, int], Fact], filed_rows: Mapping[tuple[str, int, str], int]) -> Callable[[Placed], tuple]:
    def key(one: Placed) -> tuple:
        f = one.fact
        if one.section == CORRECTION:
            return (
                CORRECTION,
                *(one.corrects or ()),
                _vat(f),
                f.party,
                _corrected_row(f, filed_rows) or (f.source_table, f.source_id),
                f.service_code,
            )
        document = here.get((f.credited_table, f.credited_id or 0), f)
        return (
            NORMAL,
            _vat(f),
            f.party,
            document.document_on,
            document.source_table,
            document.source_id,
            f.service_code,
            f.supply,
            f.payment,
        )

    return key


def _corrected_row(fact: Fact, filed_rows: Mapping[tuple[str, int, str], int]) -> int | None:
    """The filed row of the service that a credit note or reversal takes back."""
    document = (fact.source_table, fact.source_id) if fact.is_reversal else (fact.credited_table, fact.credited_id or 0)
    found = filed_rows.get((*document, fact.service_code))
    return found or next((row for (table, key, _service), row in filed_rows.items() if (table, key) == document), None)


def _row(
    statement: Statement, asks: set[str], own: list[Placed], here: Mapping[tuple[str, int], Fact], filed_rows: Mapping[tuple[str, int, str], int]
) -> Drawn:  # fmt: skip
    one, f = own[0], own[0].fact
    facts = [p.fact for p in own]
    value = sum((x.value for x in facts), ZERO)
    row = StatementRow(statement=statement, section=one.section, position=0, value=value, amount=rounded(value, 0))
    if "partner" in asks:
        row.party_id, row.vat_number = f.party, _vat(f)
    if one.corrects:
        row.corrects_from, row.corrects_to = one.corrects
    made = Drawn(row, facts, is_late=any(p.is_late for p in own))
    if statement.kind in GOODS:
        _describe_goods(statement, asks, row, facts)
    else:
        document = f if one.section == CORRECTION else here.get((f.credited_table, f.credited_id or 0), f)
        row.service_code = f.service_code
        row.document_number, row.document_on = document.document_number, document.document_on
        if "supply" in asks:
            row.supply, row.payment, row.payment_country = f.supply, f.payment, f.payment_country
        if one.section == CORRECTION:
            row.corrects_id = _corrected_row(f, filed_rows)
    made.missing = _missing(statement, row, asks, facts)
    return made


def _describe_goods(statement: Statement, asks: set[str], row: StatementRow, facts: Sequence[Fact]) -> None:
    f = facts[0]
    row.commodity_code, row.nature, row.is_triangular = f.commodity, f.nature, f.is_triangular
    if not statement.with_statistics or f.is_triangular:
        return
    # Goods that nobody bills have no other value than this one.
    if "statistical" in asks or f.move is not None:
        row.statistical = rounded(sum((x.statistical for x in facts), ZERO), 0)
    if row.section == CORRECTION:
        return
    row.delivery_terms, row.transport, row.country, row.region, row.origin = f.terms, f.transport, f.country, f.region, f.origin
    if all(x.net_mass is not None for x in facts):
        row.net_mass = _whole(sum((x.net_mass or ZERO for x in facts), ZERO))
    row.supplementary_unit = f.supplementary_unit
    if f.supplementary_unit and all(x.supplementary is not None for x in facts):
        row.supplementary = _whole(sum((x.supplementary or ZERO for x in facts), ZERO))


def _whole(quantity: Decimal) -> Decimal:
    """A mass or quantity in whole units, rounded half up; what is there is never told as nothing."""
    return Decimal(1) if ZERO < quantity < HALF else rounded(quantity, 0)


def _missing(statement: Statement, row: StatementRow, asks: set[str], facts: Sequence[Fact]) -> tuple[str, ...]:
    """What a row lacks, by the names of ``ListRule.DATA``, and *negative*, *commodity_ended* and *original*."""
    lacks = []
    is_correction = row.section == CORRECTION
    if "partner" in asks and not vies_form(row.vat_number, facts[0]):
        lacks.append("partner")
    if statement.kind in GOODS:
        if "commodity" in asks and not row.commodity_code:
            lacks.append("commodity")
        elif row.commodity_code and any(not _in_force(x) for x in facts):
            lacks.append("commodity_ended")
        if "nature" in asks and not row.nature:
            lacks.append("nature")
        if not is_correction and not row.is_triangular:
            told = {
                "mass": row.net_mass, "supplementary": row.supplementary if row.supplementary_unit else 1, "terms": row.delivery_terms,
                "transport": row.transport, "country": row.country, "region": row.region, "origin": row.origin,
            }  # fmt: skip
            lacks += [name for name, value in told.items() if name in asks and not value]
    else:
        told = {"service": row.service_code, "document": row.document_number, "supply": row.supply, "payment": row.payment, "payment_country": row.payment_country}  # fmt: skip
        lacks += [name for name, value in told.items() if name in asks and not value]
        if is_correction and row.corrects_id is None:
            lacks.append("original")
    if not is_correction and row.value < 0:
        lacks.append("negative")
    return tuple(lacks)


def vies_form(number: str, fact: Fact) -> bool:
    """Whether a VAT number has the form and check digits of a member state that is not our own."""
    return eu_vat.is_valid(number) and number[:2] != {"GR": "EL"}.get(fact.home, fact.home)


def _in_force(fact: Fact) -> bool:
    return (fact.commodity_from is None or fact.commodity_from <= fact.on) and (fact.commodity_to is None or fact.on <= fact.commodity_to)


def facts_of(statement: Statement, drawing: Drawing) -> list[StatementFact]:
    """What a list keeps of the documents it took into account, once its rows have keys."""
    told = [(d.row, f) for d in drawing.rows for f in d.facts] + [(None, f) for f in (*drawing.left_out, *drawing.nothing)]
    return [
        StatementFact(
            statement=statement, row=row, source_table=f.source_table, source_id=f.source_id, source_line=f.source_line, number=f.number, tax_entry_id=f.tax_entry,
            move_id=f.move, on=f.on, value=f.value, quantity=f.quantity,
        )
        for row, f in told
    ]  # fmt: skip
