"""The page of what was promised names tests that exist and that name the promise, so that it cannot rot."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "acceptance.md"
#: The IDs of the issues "The books, first half" and "Goods", and those of "The sales force" as far as they are built.
PROMISED = {
    *(f"AR-{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)),
    *(f"AP-{n:02}" for n in range(1, 11)),
    *(f"BK-{n:02}" for n in (1, 2, 3, 4, 6, 7, 8)),
    *(f"TX-{n:02}" for n in range(1, 9)),
    "MC-03",
    *(f"IV-{n:02}" for n in range(1, 12)),
    *(f"OM-{n:02}" for n in range(1, 11)),
    *(f"PC-{n:02}" for n in range(1, 9)),
    *(f"WH-{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 9)),
    *("SP-02", "SP-06"),
    *("SA-07", "CO-08", "PR-01", "PR-02", "PR-03", "PR-04", "PR-05", "PR-06", "PR-07", "PR-08", "PR-09", "PR-10"),
    *("SA-02", "SA-03", "SA-04", "SA-05", "SA-06", "SA-08", "SA-09", "SA-10"),
    *("KP-01", "KP-02", "SV-01", "SV-03"),
    *("MK-01", "MK-05", "SV-07"),
    *("SV-04", "SV-09", "SV-10"),
    *("SV-02", "SV-05", "SV-06", "SV-08", "SV-11"),
    *("SS-01", "SS-02", "SS-03", "SS-04", "SS-05", "SS-07"),
}
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [A-Z]{2}-\d", line)
]
RANGE = re.compile(r"\b([A-Z]{2})-(\d\d)(?: to (?:[A-Z]{2}-)?(\d\d))?")


@cache
def words_of(path: Path) -> tuple[str, dict[str, str]]:
    """The head of a test file, and of each of its tests the name and docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return ast.get_docstring(tree) or "", {t.name: f"{t.name}\n{ast.get_docstring(t) or ''}" for t in tests}


def named_in(text: str) -> set[str]:
    """The IDs that a text names: AP-01, AP-01 to AP-10, test_TX_05_..., test_bk06_..."""
    found = set()
    for room, first, last in RANGE.findall(text):
        found |= {f"{room}-{n:02}" for n in range(int(first), int(last or first) + 1)}
    return found | {f"{a.upper()}-{b}" for a, b in re.findall(r"(?:^|_)([A-Za-z]{2})_?(\d\d)(?=_)", text)}


def test_every_promise_of_the_issue_has_one_row():
    assert sorted(row[0] for row in ROWS) == sorted(PROMISED)
    for identifier, promise, tests, met in ROWS:
        assert promise, identifier
        assert tests or met.startswith("no: ") or "bench" in met, identifier
        assert met.startswith(("yes", "partly: ", "no: ")), f"{identifier}: say 'yes', or 'partly: ' and what is missing"


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_its_tests_exist_and_name_it(row):
    identifier, _promise, tests, _met = row
    named = re.findall(r"`([^`]+)::([^`]+)`", tests)
    assert named or not tests, identifier
    for path, test in named:
        assert (ROOT / path).is_file(), f"{identifier}: {path} is not there"
        head, found = words_of(ROOT / path)
        assert test in found, f"{identifier}: {path} has no {test}"
        assert identifier in named_in(f"{head}\n{found[test]}"), f"{identifier} is named neither by {path} nor by {test}"
