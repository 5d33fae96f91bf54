"""A generated bank file: nine lines of ten are matched without a person, none wrongly, and each says why (AR-07, BK-02)."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.banking.importing import import_statements
from fondaco.finance.banking.models import BankLine, BankMatch
from fondaco.finance.banking.reasons import told
from fondaco.finance.ledger.models import SettlementPart
from tests.books import ACTOR
from tests.finance.banking import town
from tests.finance.banking.bank import lines, load, open_account
from tests.finance.banking.test_matching import invoice

SEEDS = (1494, 2026)


@pytest.mark.parametrize("seed", SEEDS)
def test_nine_of_ten_lines_are_matched_without_a_person_and_none_wrongly(books, seed):
    account = open_account(books)
    made = town.build(books, account, 400, seed)
    import_statements(ACTOR, "town.xml", made.content)
    books.do("banking.match_automatically", [ln.pk for ln in lines(state="open")])
    matched = list(BankLine.objects.filter(state="matched").select_related("match"))
    left = Counter(made.ways[ln.end_to_end_id] for ln in lines(state="open"))
    assert len(matched) >= 0.9 * 400, (seed, left)
    settled = {}
    for entry, item in SettlementPart.objects.filter(item__entry__source_table="invoicing_invoice").values_list(
        "settlement__parts__item__entry", "item"
    ):
        settled.setdefault(entry, set()).add(item)
    wrong = []
    for line in matched:
        truth, way = made.truth[line.end_to_end_id], made.ways[line.end_to_end_id]
        entries = set(line.match.postings.values_list("journal_line__entry", flat=True))
        got = {i for e in entries for i in settled.get(e, ())}
        if got != truth or (way == "fees") != (line.match.rule is not None and line.match.rule.name == "Fees"):
            wrong.append((str(line), way, truth, got, line.match.score, told(line.match.reasons)))
        assert told(line.match.reasons)[0]
    assert not wrong, (seed, wrong[:3])
    assert BankMatch.objects.filter(how="person").count() == 0
    books.assert_checks_hold()


def test_matching_costs_the_same_for_one_and_for_many(books):
    account = open_account(books)
    counts = []
    opening = 0
    for size in (2, 30):
        customers = [books.customer(f"Bar {size} {n}", "IT") for n in range(size)]
        made = [invoice(books, c) for c in customers]
        entries = [town.files.entry("122.00", f"2026-02-{size % 27 + 1:02d}", text=m.number, reference=m.number) for m in made]
        entries.append(town.files.entry("-1.00", f"2026-02-{size % 27 + 1:02d}", text=f"Canone {size}"))
        load(*entries, opening=f"{opening}.00", statement=f"S{size}")
        opening += 122 * size - 1
        keys = [ln.pk for ln in lines(state="open")]
        sent = {}
        for verb, ids, given in (
            ("banking.match_automatically", keys, {}),
            ("banking.post_to_account", [ln.pk for ln in lines(state="open")] or keys, {"account": books.account("bank_charges").pk}),
            ("banking.unmatch", None, {"on": "2026-02-28"}),
        ):
            rows = ids or list(BankMatch.objects.filter(state="matched").exclude(kind="cancelled").values_list("pk", flat=True))
            if verb == "banking.post_to_account":
                rows = [ln.pk for ln in lines(state="open")]
            with CaptureQueriesContext(connection) as captured:
                books.do(verb, rows, reason="Test", **given)
            sent[verb] = len(captured)
        counts.append(sent)
    assert counts[0] == counts[1], counts
    assert account.pk
    books.assert_checks_hold()
