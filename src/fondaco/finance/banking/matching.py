"""Which open items, postings or accounts a bank line belongs to, how surely, and why. Pure: values in, proposals out.

The scores are in README.md. Nothing here asks the database, the clock or a person.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import combinations

from rapidfuzz import fuzz

from fondaco.finance.banking.reasons import Reason

ZERO = Decimal(0)
LEGAL_FORMS = frozenset(
    [
        "srl",
        "srls",
        "spa",
        "snc",
        "sas",
        "sapa",
        "gmbh",
        "ag",
        "kg",
        "ohg",
        "ug",
        "ltd",
        "llc",
        "inc",
        "plc",
        "bv",
        "nv",
        "sa",
        "sarl",
        "sas",
        "oy",
        "ab",
        "as",
    ]
)
#: Windows of so many pieces of a text are looked up as document numbers.
WINDOW = 5
#: So many open items of a party are tried in combinations, of at most so many items.
MOST_COMBINED, LARGEST_COMBINATION = 14, 6

REFERENCE, IBAN, NAME, LEARNED_NAME, IN_TEXT, SIMILAR, RULE_PARTY = 50, 55, 50, 50, 40, 35, 55
EXACT, ALL, COMBINED, PART, MORE, SEVERAL = 40, 35, 30, 30, 20, 15
SINGLE, UNIQUE, ON_TIME, WEAK = 35, 5, 3, 10
CLOSE = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A bank line as matching sees it; ``key`` is its key in the database."""

    key: int
    bank_account: int
    on: date
    amount: Decimal
    currency: str
    name: str = ""
    iban: str = ""
    text: str = ""
    creditor_reference: str = ""
    code: str = ""
    charges: Decimal = ZERO
    original_amount: Decimal = ZERO
    original_currency: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An open item: ``open`` is signed as in the ledger (debit positive). ``marks`` are the numbers of its document."""

    key: int
    party: int
    control: str
    currency: str
    open: Decimal
    on: date
    due_on: date
    label: str
    marks: frozenset[str] = frozenset()
    weak_marks: frozenset[str] = frozenset()
    #: Cash discounts: until which day, and how much.
    discounts: tuple[tuple[date, Decimal], ...] = ()

    def owed(self, on: date) -> Decimal:
        """What settles the item on a day: what is open less the cash discount that the day still allows; positive."""
        return abs(self.open) - max((amount for until, amount in self.discounts if on <= until), default=ZERO)


@dataclass(frozen=True, slots=True)
class Posting:
    """A journal line on the bank's ledger account that no match explains yet; ``amount`` in the bank account's currency."""

    key: int
    bank_account: int
    on: date
    amount: Decimal
    label: str
    party: int | None = None
    marks: frozenset[str] = frozenset()
    #: The number of the payment run that it is of.
    run: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer of a released payment run, which the bank may give back."""

    key: int
    bank_account: int
    amount: Decimal
    label: str
    party: int
    iban: str
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """A bank rule; empty conditions ask nothing."""

    key: int
    name: str
    does: str
    is_automatic: bool
    bank_account: int | None = None
    direction: str = ""
    words: tuple[str, ...] = ()
    iban: str = ""
    code: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    account: int | None = None
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a line could be matched with. ``parts`` are open items and how much of each, positive, in the items' currency.

    ``rest`` of the money stays on the party's account; ``fee`` was kept back by the bank; ``given_up`` are items whose rest is written off.
    """

    kind: str
    score: int
    reasons: tuple[Reason, ...]
    party: int | None = None
    control: str = ""
    parts: tuple[tuple[int, Decimal], ...] = ()
    currency: str = ""
    rest: Decimal = ZERO
    fee: Decimal = ZERO
    given_up: tuple[int, ...] = ()
    postings: tuple[int, ...] = ()
    account: int | None = None
    rule: int | None = None
    #: The transfer that the bank gave back.
    returned: int | None = None

    @property
    def target(self) -> tuple[object, ...]:
        """What it comes to, whatever the reasons: proposals of one target are one proposal."""
        return (self.kind, self.party, tuple(k for k, _a in self.parts), self.postings, self.account, self.returned)

    @property
    def name(self) -> str:
        """A name for the proposal that a page can send back."""
        return "-".join(
            map(
                str,
                (
                    self.kind,
                    self.party or 0,
                    *(k for k, _a in self.parts),
                    "p",
                    *self.postings,
                    "a",
                    self.account or 0,
                    *(("r", self.returned) if self.returned else ()),
                ),
            )
        )


@dataclass
class Ground:
    """Everything that lines are matched against, read once. ``learned`` maps (kind, key) to [(party, account, times)]."""

    items: Mapping[int, Item]
    postings: Sequence[Posting] = ()
    rules: Sequence[Rule] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    learned: Mapping[tuple[str, str], Sequence[tuple[int | None, int | None, int]]] = field(default_factory=dict)
    own_accounts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: The parties that keep an account number as theirs.
    party_accounts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    accounts: Mapping[int, str] = field(default_factory=dict)
    tolerance: Decimal = ZERO
    sent: Sequence[Sent] = ()

    @cached_property
    def sent_by_amount(self) -> dict[tuple[int, Decimal], list[Sent]]:
        found: dict[tuple[int, Decimal], list[Sent]] = defaultdict(list)
        for transfer in self.sent:
            found[transfer.bank_account, transfer.amount].append(transfer)
        return found

    @cached_property
    def by_mark(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = defaultdict(list)
        for item in self.items.values():
            for mark in item.marks:
                found[mark].append(item)
        return found

    @cached_property
    def by_party(self) -> dict[int, list[Item]]:
        found: dict[int, list[Item]] = defaultdict(list)
        for item in sorted(self.items.values(), key=lambda i: (i.due_on, i.key)):
            found[item.party].append(item)
        return found

    @cached_property
    def by_amount(self) -> dict[tuple[str, Decimal], int]:
        found: dict[tuple[str, Decimal], int] = defaultdict(int)
        for item in self.items.values():
            found[item.currency, item.open] += 1
        return found

    @cached_property
    def postings_by_amount(self) -> dict[tuple[int, Decimal], list[Posting]]:
        found: dict[tuple[int, Decimal], list[Posting]] = defaultdict(list)
        for posting in self.postings:
            found[posting.bank_account, posting.amount].append(posting)
        return found

    @cached_property
    def runs(self) -> dict[tuple[int, str], list[Posting]]:
        found: dict[tuple[int, str], list[Posting]] = defaultdict(list)
        for posting in self.postings:
            if posting.run:
                found[posting.bank_account, posting.run].append(posting)
        return found

    @cached_property
    def parties_by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for party, name in self.names.items():
            if plain := plain_name(name):
                found[plain].append(party)
        return found

    @cached_property
    def parties_by_word(self) -> dict[str, list[int]]:
        """Parties by the rarest word of their name, so that few are compared with a text."""
        count: dict[str, int] = defaultdict(int)
        words = {party: plain_name(name).split() for party, name in self.names.items()}
        for own in words.values():
            for word in set(own):
                count[word] += 1
        found: dict[str, list[int]] = defaultdict(list)
        for party, own in words.items():
            if own:
                found[min(own, key=lambda w: (count[w], -len(w)))].append(party)
        return found


@lru_cache(maxsize=50_000)
def plain_name(name: str) -> str:
    """A name without accents, dots and legal form, as it is compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c)).replace(".", "")
    return " ".join(w for w in re.findall(r"[a-z0-9]+", plain) if w not in LEGAL_FORMS)


def marks_of(label: str) -> tuple[frozenset[str], frozenset[str]]:
    """The numbers in a document's label, as they are looked up in texts: telling ones, and those that need other evidence beside them."""
    strong, weak = set(), set()
    for word in label.upper().split():
        pieces = re.findall(r"[A-Z0-9]+", word)
        whole = "".join(pieces)
        if not any(c.isdigit() for c in whole) or len(whole) < 2:
            continue
        short = "".join(p.lstrip("0") if p.isdigit() else p for p in pieces)
        telling = len(whole) >= 6 and (any(c.isalpha() for c in whole) or len(whole) >= 8)
        (strong if telling else weak).update({whole, short} if len(short) >= 5 or not telling else {whole})
        numbers = [p for p in pieces if p.isdigit()]
        if len(pieces) > 1 and numbers:
            weak.update({numbers[-1], numbers[-1].lstrip("0") or "0", "".join(numbers), "".join(n.lstrip("0") for n in numbers)})
    return frozenset(strong), frozenset(weak - strong)


def windows(text: str) -> set[str]:
    """The pieces of a text, and what neighbouring pieces read together, so that “INV 2026-00042” is “INV/2026/00042”."""
    pieces = re.findall(r"[A-Z0-9]+", text.upper())[:200]
    found = set()
    for start in range(len(pieces)):
        joined = short = ""
        for piece in pieces[start : start + WINDOW]:
            joined += piece
            short += piece.lstrip("0") if piece.isdigit() else piece
            if len(joined) > 35:
                break
            found.update((joined, short))
    return found


def telling_words(line: Line) -> str:
    """What lines that look alike have in common: the counterparty's name, else the first words of the text without numbers."""
    return plain_name(line.name) or " ".join(w for w in plain_name(line.text).split() if not any(c.isdigit() for c in w))[:60]


# ------------------------------------------------------------------ proposals for one line


def propose(line: Line, ground: Ground) -> list[Proposal]:
    """All proposals for a line, the surest first; of proposals that come to the same only the surest."""
    found = [
        *_transfers(line, ground),
        *_by_rule(line, ground),
        *_recorded(line, ground),
        *_returned(line, ground),
        *_of_items(line, ground),
        *_learned_accounts(line, ground),
    ]
    best: dict[tuple[object, ...], Proposal] = {}
    for proposal in found:
        kept = best.get(proposal.target)
        if kept is None or proposal.score > kept.score:
            best[proposal.target] = proposal
    return sorted(best.values(), key=lambda p: (-p.score, p.name))


def _transfers(line: Line, ground: Ground) -> Iterator[Proposal]:
    own = ground.own_accounts.get(line.iban)
    if own and own[0] != line.bank_account:
        yield Proposal("transfer", 100, (("own_account", {"account": own[1]}),))


def _holds(rule: Rule, line: Line, words: set[str]) -> bool:
    return (
        rule.bank_account in (None, line.bank_account)
        and (not rule.direction or (rule.direction == "in") == (line.amount > 0))
        and (not rule.iban or rule.iban == line.iban)
        and (not rule.code or line.code.upper().startswith(rule.code.upper()))
        and (rule.amount_from is None or abs(line.amount) >= rule.amount_from)
        and (rule.amount_to is None or abs(line.amount) <= rule.amount_to)
        and all(w in words for w in rule.words)
    )


def _words(line: Line) -> set[str]:
    return set(plain_name(f"{line.name} {line.text}").split())


def _by_rule(line: Line, ground: Ground) -> Iterator[Proposal]:
    words = _words(line) if ground.rules else set()
    for rule in ground.rules:
        if rule.does != "party" and _holds(rule, line, words):
            score = 98 if rule.is_automatic else 80
            yield Proposal(rule.does, score, (("rule", {"rule": rule.name}),), account=rule.account, rule=rule.key)
            return  # in their order: the first that holds


def _learned_accounts(line: Line, ground: Ground) -> Iterator[Proposal]:
    key = telling_words(line)
    rows = [r for r in ground.learned.get(("words", key), ()) if r[1] is not None] if key else []
    whole = sum(times for _p, _a, times in rows)
    for _party, account, times in rows:
        score = min(84, 50 + 5 * times) if times < 4 or times < whole else 88
        reason = ("learned_account", {"account": ground.accounts.get(account or 0, ""), "times": str(times)})
        yield Proposal("account", score, (reason,), account=account)


def _recorded(line: Line, ground: Ground) -> Iterator[Proposal]:
    """Postings on the bank account that are in the books already: a receipt written by the cashier, a payment run, a transfer."""
    yield from _runs(line, ground)
    same = [p for p in ground.postings_by_amount.get((line.bank_account, line.amount), ()) if -5 <= (line.on - p.on).days <= 60]
    if not same:
        return
    texts = windows(f"{line.text} {line.creditor_reference}")
    parties = {party for party, _score, _reason in _parties(line, ground)}
    for posting in same:
        days = abs((line.on - posting.on).days)
        document = {"document": posting.label}
        if posting.marks & texts:
            yield Proposal("recorded", 99, (("recorded_reference", document), ("amount", {})), postings=(posting.key,), party=posting.party)
        elif posting.party in parties and days <= 30:
            score = 95 if len([p for p in same if p.party == posting.party]) == 1 else 70
            yield Proposal("recorded", score, (("recorded_party", document),), postings=(posting.key,), party=posting.party)
        else:
            score = 70 if len(same) == 1 and days <= 10 else 55
            if len(same) == 1 and days <= 5 and not line.name and not line.iban:
                score = 87  # nothing contradicts it, and there is nothing else of this amount
            yield Proposal(
                "recorded", score, (("recorded_amount", {**document, "days": str(days)}),), postings=(posting.key,), party=posting.party
            )


def _returned(line: Line, ground: Ground) -> Iterator[Proposal]:
    """A transfer that came back: its reference in the text, or its account, with exactly its amount."""
    for transfer in ground.sent_by_amount.get((line.bank_account, line.amount), ()) if line.amount > 0 else ():
        told = bool(transfer.marks & windows(f"{line.text} {line.creditor_reference}"))
        if told or (line.iban and line.iban == transfer.iban):
            yield Proposal(
                "recorded", 99 if told else 70, (("returned", {"transfer": transfer.label}), ("amount_back", {})), party=transfer.party, returned=transfer.key
            )  # fmt: skip


def _runs(line: Line, ground: Ground) -> Iterator[Proposal]:
    """A payment run that the bank booked as one sum."""
    if line.amount > 0 or not ground.runs:
        return
    texts = windows(f"{line.text} {line.creditor_reference}")
    for (account, run), postings in ground.runs.items():
        if account == line.bank_account and len(postings) > 1 and sum((p.amount for p in postings), ZERO) == line.amount:
            near = all(-5 <= (line.on - p.on).days <= 15 for p in postings)
            score = 99 if marks_of(run)[0] & texts else 90 if near else 60
            reasons: tuple[Reason, ...] = (("run", {"run": run, "count": str(len(postings))}),)
            yield Proposal("recorded", score, reasons, postings=tuple(p.key for p in postings))


def _parties(line: Line, ground: Ground) -> list[tuple[int, int, Reason]]:
    """Whose line it may be: party, score and reason, the surest first; of kinds of evidence only the best that tells one party."""
    rules = [r for r in ground.rules if r.does == "party" and r.party]
    words = _words(line) if rules else set()
    for rule in rules:
        if _holds(rule, line, words):
            return [(rule.party or 0, RULE_PARTY, ("rule_party", {"rule": rule.name, "party": ground.names.get(rule.party or 0, "")}))]
    if line.iban:
        known = ground.party_accounts.get(line.iban, ())
        if len(known) == 1:
            return [(known[0], IBAN, ("iban_known", {"party": ground.names.get(known[0], "")}))]
        seen = [(p, times) for p, _a, times in ground.learned.get(("iban", line.iban), ()) if p is not None]
        if len(seen) == 1:
            (party, times) = seen[0]
            return [(party, IBAN, ("iban", {"party": ground.names.get(party, ""), "times": str(times)}))]
    plain = plain_name(line.name)
    if plain:
        same = ground.parties_by_name.get(plain, [])
        if len(same) == 1:
            return [(same[0], NAME, ("name", {"party": ground.names[same[0]]}))]
        if len(same) > 1:
            return [(p, SIMILAR - 10, ("similar_name", {"party": ground.names[p]})) for p in same]
        seen = [(p, times) for p, _a, times in ground.learned.get(("name", plain), ()) if p is not None]
        if len(seen) == 1:
            (party, times) = seen[0]
            return [(party, LEARNED_NAME, ("name_learned", {"party": ground.names.get(party, ""), "times": str(times)}))]
        return _similar(plain, ground)
    return _named_in(line.text, ground)


def _similar(plain: str, ground: Ground) -> list[tuple[int, int, Reason]]:
    near = {p for word in plain.split() for p in ground.parties_by_word.get(word, ())[:50]}
    rated = sorted(((fuzz.token_sort_ratio(plain, plain_name(ground.names[p])), p) for p in near), reverse=True)
    return [(p, SIMILAR, ("similar_name", {"party": ground.names[p]})) for ratio, p in rated[:3] if ratio >= 88]


def _named_in(text: str, ground: Ground) -> list[tuple[int, int, Reason]]:
    words = set(plain_name(text).split())
    found = []
    for word in words:
        for party in ground.parties_by_word.get(word, ())[:50]:
            own = plain_name(ground.names[party]).split()
            if set(own) <= words and (len(own) > 1 or len(own[0]) >= 7):
                found.append((len(own), party))
    most = max((size for size, _p in found), default=0)
    found = sorted({p for size, p in found if size == most})[:3]  # type: ignore[assignment]
    return [(p, IN_TEXT if len(found) == 1 else SIMILAR - 10, ("name_in_text", {"party": ground.names[p]})) for p in found]  # type: ignore[misc,index,list-item]


def _fits(item: Item, line: Line) -> bool:
    """Whether money of this direction can settle the item, in the line's currency or the one that was ordered."""
    return (item.open > 0) == (line.amount > 0) and item.currency in {line.currency, line.original_currency}


def _of_items(line: Line, ground: Ground) -> Iterator[Proposal]:
    parties = _parties(line, ground)
    texts = windows(line.text)
    named = {i.key: i for t in texts for i in ground.by_mark.get(t, ()) if _fits(i, line)}
    structured = _structured(line, ground)
    if structured:
        yield from _referenced(line, ground, structured, parties, "creditor_reference")
    elif named:
        yield from _referenced(line, ground, list(named.values()), parties, "reference")
    for party, sure, reason in parties:
        yield from _of_party(line, ground, party, sure, reason, texts)
    if not parties and not named and not structured:
        yield from _of_amount(line, ground)


def _structured(line: Line, ground: Ground) -> list[Item]:
    """The items that the creditor reference names: ISO 11649 (RF and check digits before the number), or the number itself."""
    plain = re.sub(r"[^A-Z0-9]", "", line.creditor_reference.upper())
    if not plain:
        return []
    if re.match(r"RF\d\d", plain) and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1:
        plain = plain[4:]
    found = ground.by_mark.get(plain) or ground.by_mark.get(plain.lstrip("0")) or []
    return [i for i in found if _fits(i, line)]


def _of_one_party(items: Sequence[Item], parties: Sequence[tuple[int, int, Reason]]) -> list[Item]:
    """The items of one party and account: of the one that other evidence tells, else of the only one there is."""
    owners = {(i.party, i.control, i.currency) for i in items}
    if len(owners) == 1:
        return list(items)
    told = {p for p, _s, _r in parties}
    kept = [i for i in items if i.party in told]
    return kept if len({(i.party, i.control, i.currency) for i in kept}) == 1 else []


def _targets(line: Line, currency: str) -> list[tuple[Decimal, Decimal, Reason]]:
    """The amounts that items may come to: what arrived, with what the bank kept back, or what was ordered; with the fee of each."""
    if currency != line.currency:
        text = f"{line.original_amount:.2f} {line.original_currency}"
        return [(line.original_amount, ZERO, ("amount_ordered", {"amount": text}))]
    came = abs(line.amount)
    found: list[tuple[Decimal, Decimal, Reason]] = [(came, ZERO, ("amount", {}))]
    if line.charges and line.amount > 0:
        found.append((came + line.charges, line.charges, ("amount_with_charges", {"charges": f"{line.charges:.2f}"})))
    return found


def _labels(items: Iterable[Item]) -> str:
    return ", ".join(i.label for i in items)


def _referenced(
    line: Line, ground: Ground, items: Sequence[Item], parties: Sequence[tuple[int, int, Reason]], how: str
) -> Iterator[Proposal]:
    items = sorted(_of_one_party(items, parties), key=lambda i: (i.due_on, i.key))
    if not items:
        return
    first = items[0]
    total = abs(sum((i.open for i in items), ZERO))
    reasons: list[Reason] = [(how, {"documents": _labels(items)})]
    told = next(((sure, reason) for party, sure, reason in parties if party == first.party), None)
    contradicted = bool(parties) and told is None and parties[0][1] >= NAME
    score = REFERENCE + (10 if told else 0) - (10 if contradicted else 0)
    if told:
        reasons.append(told[1])
    targets = _targets(line, first.currency)
    for target, fee, reason in targets:
        if target == total:
            yield _settling(line, items, score + EXACT, [*reasons, reason], fee=fee)
            return
    owed = sum((i.owed(line.on) for i in items), ZERO)
    for target, fee, _reason in targets:
        if target == owed:
            yield _settling(line, items, score + EXACT, [*reasons, _discount(total - owed)], fee=fee, discounted=True)
            return
    # One number may name several items, such as instalments: the one that has this amount is meant.
    for target, fee, reason in targets:
        same = [i for i in items if abs(i.open) == target]
        if same:
            yield _settling(line, same[:1], score + EXACT - (0 if len(items) > 1 else CLOSE), [*reasons, reason], fee=fee)
            return
    target = targets[0][0]
    if ZERO < total - target <= ground.tolerance and first.currency == line.currency:
        missing = total - target
        reasons.append(("difference", {"difference": f"{missing:.2f}"}))
        yield _settling(line, items, score + EXACT - CLOSE, reasons, short=missing, give_up=True)
    elif target < total:
        if first.currency == line.currency:
            # Paid in part: the rest stays open, which is right whatever it is. Without another sign of the party a person looks.
            yield _settling(line, items, score + (PART if told and len(items) == 1 else SEVERAL), [*reasons, ("amount_less", {"open": f"{total:.2f}"})], short=total - target)  # fmt: skip
    else:
        rest = target - total
        yield _settling(line, items, score + MORE, [*reasons, ("amount_more", {"rest": f"{rest:.2f} {first.currency}"})], rest=rest)


def _of_party(line: Line, ground: Ground, party: int, sure: int, why: Reason, texts: set[str]) -> Iterator[Proposal]:
    fitting = [i for i in ground.by_party.get(party, ()) if _fits(i, line)]
    if not fitting:
        control = "receivable" if line.amount > 0 else "payable"
        yield Proposal(
            "receipt" if control == "receivable" else "payment", sure - 5, (why, ("amount_more", {"rest": f"{abs(line.amount):.2f} {line.currency}"})),
            party=party, control=control, currency=line.currency, rest=abs(line.amount),
        )  # fmt: skip
        return
    for currency in sorted({i.currency for i in fitting}):
        for control in sorted({i.control for i in fitting}):
            items = [i for i in fitting if i.currency == currency and i.control == control]
            if items:
                yield from _of_account(line, ground, items, sure, why, texts)


def _of_account(line: Line, ground: Ground, items: Sequence[Item], sure: int, why: Reason, texts: set[str]) -> Iterator[Proposal]:
    for target, fee, reason in _targets(line, items[0].currency):
        same = [i for i in items if abs(i.open) == target]
        numbered = [i for i in same if i.weak_marks & texts]
        if len(numbered) == 1 and len(same) > 1:
            same = numbered
        if same:
            chosen = same[0]
            score, reasons = sure + SINGLE, [why, reason]
            if len(same) > 1:
                score -= 20
                reasons.append(("several", {}))
            elif chosen.weak_marks & texts:
                score += WEAK
                reasons.append(("weak_reference", {"documents": chosen.label}))
            if ground.by_amount[chosen.currency, chosen.open] == 1:
                score += UNIQUE
                reasons.append(("only_one", {}))
            if -10 <= (line.on - chosen.due_on).days <= 15:
                score += ON_TIME
                reasons.append(("on_time", {}))
            yield _settling(line, [chosen], score, reasons, fee=fee)
        if not same:
            less = [i for i in items if i.owed(line.on) == target and i.discounts]
            if len(less) == 1:
                granted = abs(less[0].open) - target
                yield _settling(line, less, sure + SINGLE, [why, _discount(granted)], fee=fee, discounted=True)
        total = abs(sum((i.open for i in items), ZERO))
        if len(items) > 1 and target == total:
            told: list[Reason] = [why, ("amount_all", {})]
            yield _settling(line, items, sure + ALL, told, fee=fee)
        elif len(items) > 2 and not same:
            combination = _combination(items[:MOST_COMBINED], target)
            if combination:
                told = [why, ("amount_sum", {"count": str(len(combination))})]
                yield _settling(line, combination, sure + COMBINED, told, fee=fee)
    if items[0].currency == line.currency:
        came, taken = abs(line.amount), []
        for item in items:  # the oldest first, as far as the money goes
            if came <= 0:
                break
            taken.append(item)
            came -= abs(item.open)
        reasons = [why, ("amount_more", {"rest": f"{came:.2f} {line.currency}"}) if came > 0 else ("amount_less", {"open": f"{sum(abs(i.open) for i in items):.2f}"})]  # fmt: skip
        yield _settling(line, taken, sure, reasons, short=max(-came, ZERO), rest=max(came, ZERO))


def _discount(amount: Decimal) -> Reason:
    return ("discount", {"discount": f"{amount:.2f}"})


def _combination(items: Sequence[Item], target: Decimal) -> list[Item]:
    """The one combination of items that comes to the amount; nothing when there is none, or more than one."""
    found: list[Item] = []
    for size in range(2, min(LARGEST_COMBINATION, len(items) - 1) + 1):
        for chosen in combinations(items, size):
            if abs(sum((i.open for i in chosen), ZERO)) == target:
                if found:
                    return []
                found = list(chosen)
    return found


def _of_amount(line: Line, ground: Ground) -> Iterator[Proposal]:
    if ground.by_amount.get((line.currency, line.amount)) == 1:
        item = next(i for i in ground.items.values() if i.currency == line.currency and i.open == line.amount)
        yield _settling(line, [item], SINGLE + UNIQUE, [("amount", {}), ("only_one", {})])


def _settling(
    line: Line, items: Sequence[Item], score: int, reasons: Sequence[Reason], *, fee: Decimal = ZERO, short: Decimal = ZERO,
    rest: Decimal = ZERO, give_up: bool = False, discounted: bool = False,
) -> Proposal:  # fmt: skip
    """Settle the items in their order; the last is paid ``short``."""
    parts = [(i.key, i.owed(line.on) if discounted else abs(i.open)) for i in items]
    left = short
    for place in range(len(parts) - 1, -1, -1):
        taken = min(left, parts[place][1])
        parts[place] = (parts[place][0], parts[place][1] - taken)
        left -= taken
    control = items[0].control
    return Proposal(
        "receipt" if control == "receivable" else "payment",
        min(score, 100),
        tuple(reasons),
        party=items[0].party,
        control=control,
        parts=tuple(p for p in parts if p[1] > 0),
        currency=items[0].currency,
        rest=rest,
        fee=fee,
        given_up=(items[-1].key,) if give_up else (),
    )


# ------------------------------------------------------------------ deciding for many lines


def decide(lines: Sequence[Line], ground: Ground, threshold: int) -> list[tuple[Line, Proposal]]:
    """What is matched without a person: the surest proposal of each line that reaches the threshold and that nothing else comes near.

    An item or posting is given to one line only: to the surer, of equal ones to the earlier.
    """
    sure = []
    for line in lines:
        proposals = propose(line, ground)
        if not proposals or proposals[0].score < threshold:
            continue
        if len(proposals) > 1 and proposals[1].score > proposals[0].score - CLOSE and proposals[1].score >= threshold - 10:
            continue
        sure.append((line, proposals[0]))
    sure.sort(key=lambda pair: (-pair[1].score, pair[0].on, pair[0].key))
    left = {key: abs(item.open) for key, item in ground.items.items()}
    taken: set[int] = set()
    decided = []
    for line, proposal in sure:
        used = {*proposal.postings, *((-proposal.returned,) if proposal.returned else ())}  # transfers beside journal lines: below zero
        if any(left[key] < amount for key, amount in proposal.parts) or taken & used:
            continue
        for key, amount in proposal.parts:
            left[key] -= amount
        taken |= used
        decided.append((line, proposal))
    return sorted(decided, key=lambda pair: pair[0].key)
