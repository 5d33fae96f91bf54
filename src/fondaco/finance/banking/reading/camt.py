"""camt.053 of any version: read by local names, because banks differ in the namespace and agree on the names."""

from decimal import Decimal

from lxml import etree
from lxml.etree import _Element as Element

from fondaco.finance.banking.reading.values import (
    LONGEST,
    MOST_LINES,
    MOST_STATEMENTS,
    Balance,
    LineValues,
    StatementValues,
    Unreadable,
    account_key,
    amount_of,
    clean,
    currency_of,
    day_of,
)


def read(content: bytes) -> list[StatementValues]:
    """The statements of a camt.053 file; raises Unreadable with the line. No entity, no DTD and no address outside is ever followed."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if b"<!DOCTYPE" in content:
            raise Unreadable("has_doctype", content[: content.index(b"<!DOCTYPE")].count(b"\n") + 1) from error
        raise Unreadable("not_xml", error.lineno or 0, text=clean(error.msg, 200)) from error
    except ValueError as error:
        raise Unreadable("not_xml", 0, text=clean(str(error), 200)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("has_doctype", 1)
    kinds = {_name(e) for e in root}
    if "BkToCstmrStmt" not in kinds:
        raise Unreadable("not_a_statement", root.sourceline or 0, text=clean(", ".join(sorted(kinds)) or _name(root), 100))
    found = [_statement(s) for message in root if _name(message) == "BkToCstmrStmt" for s in message if _name(s) == "Stmt"]
    if not found:
        raise Unreadable("no_statements")
    if len(found) > MOST_STATEMENTS or sum(len(s.lines) for s in found) > MOST_LINES:
        raise Unreadable("too_many_lines")
    return found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class Below:
    """What lies below an element, by the path of local names that leads there (``A/B``), in the order of the file; found in one walk."""

    def __init__(self, element: Element, *, but: str = "") -> None:
        self.line = element.sourceline or 0
        self._found: dict[str, list[Element]] = {}
        self._walk(element, "", but)

    def _walk(self, element: Element, path: str, but: str) -> None:
        for child in element:
            name = _name(child)
            if name == but:
                continue
            here = path + name
            self._found.setdefault(here, []).append(child)
            if len(child):
                self._walk(child, f"{here}/", "")

    def all(self, path: str) -> list[Element]:
        return self._found.get(path, [])

    def text(self, *paths: str) -> str:
        """The text at the first of the paths that has one."""
        for path in paths:
            for found in self._found.get(path, ()):
                if found.text and found.text.strip():
                    return found.text.strip()
        return ""


def _statement(element: Element) -> StatementValues:
    stmt = Below(element, but="Ntry")
    line = stmt.line
    account = account_key(stmt.text("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN"))
    if not account:
        raise Unreadable("no_account", line)
    balances = dict(_balance(Below(b)) for b in stmt.all("Bal"))
    opening = next((balances[c] for c in ("OPBD", "PRCD") if c in balances), None)
    closing = next((balances[c] for c in ("CLBD", "ITBD") if c in balances), None)
    currency = stmt.text("Acct/Ccy") or (opening.currency if opening else closing.currency if closing else "")
    found = StatementValues(
        account, currency_of(currency, line) if currency else "", clean(stmt.text("Id"), 140), opening, closing, line=line
    )
    for entry in element:
        if _name(entry) == "Ntry":
            found.lines += _lines(Below(entry))
    if not found.currency and found.lines:
        found.currency = found.lines[0].currency
    return found


def _balance(bal: Below) -> tuple[str, Balance]:
    code = bal.text("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry").upper()
    on = bal.text("Dt/Dt", "Dt/DtTm")
    line = bal.line
    amount, currency = _amount(bal, line)
    return code, Balance(_signed(bal, amount, line), currency, day_of(on, line) if on else None)


def _amount(element: Below, line: int) -> tuple[Decimal, str]:
    for found in element.all("Amt"):
        return amount_of(found.text or "", found.sourceline or line), currency_of(found.get("Ccy"), found.sourceline or line)
    raise Unreadable("no_amount", line, text="")


def _signed(element: Below, amount: Decimal, line: int) -> Decimal:
    side = element.text("CdtDbtInd").upper()
    if side not in {"CRDT", "DBIT"}:
        raise Unreadable("no_side", line, text=clean(side, 20))
    return amount if side == "CRDT" else -amount


def _lines(entry: Below) -> list[LineValues]:
    """The lines of one entry: itself, or its transactions where it is a batch whose amounts are all given and add up to it."""
    line = entry.line
    if entry.text("Sts/Cd", "Sts").upper() not in {"", "BOOK"}:
        return []
    amount, currency = _amount(entry, line)
    amount = _signed(entry, amount, line)
    booked, value = entry.text("BookgDt/Dt", "BookgDt/DtTm"), entry.text("ValDt/Dt", "ValDt/DtTm")
    on, value_on = day_of(booked or value, line), day_of(value or booked, line)
    code = "/".join(filter(None, (entry.text(f"BkTxCd/Domn/{p}") for p in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")))) or entry.text(
        "BkTxCd/Prtry/Cd"
    )
    head = {
        "booked_on": on,
        "value_on": value_on,
        "currency": currency,
        "code": clean(code, 40),
        "bank_reference": clean(entry.text("AcctSvcrRef", "NtryRef"), 140),
    }
    payment = clean(entry.text("NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId"), 140)
    details = [Below(d) for d in entry.all("NtryDtls/TxDtls")]
    told = clean(entry.text("AddtlNtryInf"))
    if len(details) > 1:
        parts = [_part_amount(d, currency, amount) for d in details]
        if None not in parts and sum(p for p in parts if p is not None) == amount:
            return [_detailed(head, d, p or Decimal(0), payment, told) for d, p in zip(details, parts, strict=True)]
        texts = [_remittance(d) for d in details]
        return [
            LineValues(**head, amount=amount, payment_id=payment, remittance=clean(" | ".join([t for t in texts if t]) or told), line=line)
        ]
    if details:
        made = _detailed(head, details[0], amount, payment, told)
    else:
        made = LineValues(**head, amount=amount, payment_id=payment, remittance=told, line=line)
    made.charges = made.charges or _charges(entry, currency, line)
    return [made]


def _part_amount(detail: Below, currency: str, whole: Decimal) -> Decimal | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        for found in detail.all(path):
            if found.get("Ccy") == currency:
                amount = amount_of(found.text or "", found.sourceline or 0)
                side = detail.text("CdtDbtInd").upper()
                return -amount if side == "DBIT" or (not side and whole < 0) else amount
    return None


def _detailed(head: dict[str, object], detail: Below, amount: Decimal, payment: str, told: str) -> LineValues:
    line = detail.line
    other, agent = ("Dbtr", "DbtrAgt") if amount >= 0 else ("Cdtr", "CdtrAgt")
    name = detail.text(
        *(
            f"RltdPties/{p}"
            for p in (f"{other}/Pty/Nm", f"{other}/Nm", f"Ultmt{other}/Pty/Nm", f"Ultmt{other}/Nm", f"{other}/Agt/FinInstnId/Nm")
        ),
    )
    made = LineValues(
        **head,  # type: ignore[arg-type]
        amount=amount,
        counterparty=clean(name, 200),
        counterparty_account=account_key(detail.text(f"RltdPties/{other}Acct/Id/IBAN", f"RltdPties/{other}Acct/Id/Othr/Id")),
        bic=account_key(detail.text(*(f"RltdAgts/{agent}/FinInstnId/{p}" for p in ("BICFI", "BIC"))))[:11],
        end_to_end_id=_reference(detail.text("Refs/EndToEndId")),
        mandate=_reference(detail.text("Refs/MndtId")),
        payment_id=clean(detail.text("Refs/PmtInfId"), 140) or payment,
        creditor_reference=clean(detail.text("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef"), 140),
        remittance=_remittance(detail) or told,
        line=line,
    )
    made.bank_reference = clean(detail.text("Refs/AcctSvcrRef", "Refs/TxId"), 140) or made.bank_reference
    made.charges = _charges(detail, made.currency, line)
    for found in detail.all("AmtDtls/InstdAmt/Amt"):
        if found.get("Ccy") and found.get("Ccy") != made.currency:
            made.original_amount = abs(amount_of(found.text or "", found.sourceline or line))
            made.original_currency = currency_of(found.get("Ccy"), found.sourceline or line)
    return made


def _reference(text: str) -> str:
    return "" if text.upper() in {"NOTPROVIDED", "NOT PROVIDED", "NONREF"} else clean(text, 140)


def _remittance(detail: Below) -> str:
    texts = [e.text or "" for e in detail.all("RmtInf/Ustrd")]
    texts += [e.text or "" for e in detail.all("RmtInf/Strd/RfrdDocInf/Nb")]
    texts += [e.text or "" for e in detail.all("RmtInf/Strd/AddtlRmtInf")]
    return clean(" ".join(t.strip() for t in texts) or detail.text("AddtlTxInf"), LONGEST)


def _charges(element: Below, currency: str, line: int) -> Decimal:
    """What the bank kept back, in the currency of the line; total first, else the single records."""
    total = [e for e in element.all("Chrgs/TtlChrgsAndTaxAmt") if e.get("Ccy") == currency]
    single = [e for e in element.all("Chrgs/Rcrd/Amt") if e.get("Ccy") == currency]
    single += [e for e in element.all("Chrgs/Amt") if e.get("Ccy") == currency]
    return sum((abs(amount_of(e.text or "", e.sourceline or line)) for e in (total[:1] or single)), Decimal(0))
