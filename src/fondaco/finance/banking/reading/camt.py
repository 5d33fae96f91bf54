"""camt.053 of any version: read by local names, because banks differ in the namespace and agree on the names."""

from collections.abc import Iterator
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
    found = [_statement(s) for s in _all(root, "BkToCstmrStmt", "Stmt")]
    if not found:
        raise Unreadable("no_statements")
    if len(found) > MOST_STATEMENTS or sum(len(s.lines) for s in found) > MOST_LINES:
        raise Unreadable("too_many_lines")
    return found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _all(element: Element, *path: str) -> Iterator[Element]:
    if not path:
        yield element
        return
    for child in element:
        if _name(child) == path[0]:
            yield from _all(child, *path[1:])


def _text(element: Element, *paths: str) -> str:
    """The text at the first of the paths (``A/B``) that has one."""
    for path in paths:
        for found in _all(element, *path.split("/")):
            if found.text and found.text.strip():
                return found.text.strip()
    return ""


def _statement(stmt: Element) -> StatementValues:
    line = stmt.sourceline or 0
    account = account_key(_text(stmt, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN"))
    if not account:
        raise Unreadable("no_account", line)
    balances = dict(map(_balance, _all(stmt, "Bal")))
    opening = next((balances[c] for c in ("OPBD", "PRCD") if c in balances), None)
    closing = next((balances[c] for c in ("CLBD", "ITBD") if c in balances), None)
    currency = _text(stmt, "Acct/Ccy") or (opening.currency if opening else closing.currency if closing else "")
    found = StatementValues(
        account, currency_of(currency, line) if currency else "", clean(_text(stmt, "Id"), 140), opening, closing, line=line
    )
    for entry in _all(stmt, "Ntry"):
        found.lines += _lines(entry)
    if not found.currency and found.lines:
        found.currency = found.lines[0].currency
    return found


def _balance(bal: Element) -> tuple[str, Balance]:
    code = _text(bal, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry").upper()
    on = _text(bal, "Dt/Dt", "Dt/DtTm")
    line = bal.sourceline or 0
    amount, currency = _amount(bal, line)
    return code, Balance(_signed(bal, amount, line), currency, day_of(on, line) if on else None)


def _amount(element: Element, line: int) -> tuple[Decimal, str]:
    for found in _all(element, "Amt"):
        return amount_of(found.text or "", found.sourceline or line), currency_of(found.get("Ccy"), found.sourceline or line)
    raise Unreadable("no_amount", line, text="")


def _signed(element: Element, amount: Decimal, line: int) -> Decimal:
    side = _text(element, "CdtDbtInd").upper()
    if side not in {"CRDT", "DBIT"}:
        raise Unreadable("no_side", line, text=clean(side, 20))
    return amount if side == "CRDT" else -amount


def _lines(entry: Element) -> list[LineValues]:
    """The lines of one entry: itself, or its transactions where it is a batch whose amounts are all given and add up to it."""
    line = entry.sourceline or 0
    if _text(entry, "Sts/Cd", "Sts").upper() not in {"", "BOOK"}:
        return []
    amount, currency = _amount(entry, line)
    amount = _signed(entry, amount, line)
    booked, value = _text(entry, "BookgDt/Dt", "BookgDt/DtTm"), _text(entry, "ValDt/Dt", "ValDt/DtTm")
    on, value_on = day_of(booked or value, line), day_of(value or booked, line)
    code = "/".join(filter(None, (_text(entry, f"BkTxCd/Domn/{p}") for p in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")))) or _text(
        entry, "BkTxCd/Prtry/Cd"
    )
    head = {
        "booked_on": on,
        "value_on": value_on,
        "currency": currency,
        "code": clean(code, 40),
        "bank_reference": clean(_text(entry, "AcctSvcrRef", "NtryRef"), 140),
    }
    payment = clean(_text(entry, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId"), 140)
    details = list(_all(entry, "NtryDtls", "TxDtls"))
    told = clean(_text(entry, "AddtlNtryInf"))
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


def _part_amount(detail: Element, currency: str, whole: Decimal) -> Decimal | None:
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt")):
        for found in _all(detail, *path):
            if found.get("Ccy") == currency:
                amount = amount_of(found.text or "", found.sourceline or 0)
                side = _text(detail, "CdtDbtInd").upper()
                return -amount if side == "DBIT" or (not side and whole < 0) else amount
    return None


def _detailed(head: dict[str, object], detail: Element, amount: Decimal, payment: str, told: str) -> LineValues:
    line = detail.sourceline or 0
    other, agent = ("Dbtr", "DbtrAgt") if amount >= 0 else ("Cdtr", "CdtrAgt")
    name = _text(
        detail,
        *(
            f"RltdPties/{p}"
            for p in (f"{other}/Pty/Nm", f"{other}/Nm", f"Ultmt{other}/Pty/Nm", f"Ultmt{other}/Nm", f"{other}/Agt/FinInstnId/Nm")
        ),
    )
    made = LineValues(
        **head,  # type: ignore[arg-type]
        amount=amount,
        counterparty=clean(name, 200),
        counterparty_account=account_key(_text(detail, f"RltdPties/{other}Acct/Id/IBAN", f"RltdPties/{other}Acct/Id/Othr/Id")),
        bic=account_key(_text(detail, *(f"RltdAgts/{agent}/FinInstnId/{p}" for p in ("BICFI", "BIC"))))[:11],
        end_to_end_id=_reference(_text(detail, "Refs/EndToEndId")),
        mandate=_reference(_text(detail, "Refs/MndtId")),
        payment_id=clean(_text(detail, "Refs/PmtInfId"), 140) or payment,
        creditor_reference=clean(_text(detail, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef"), 140),
        remittance=_remittance(detail) or told,
        line=line,
    )
    made.bank_reference = clean(_text(detail, "Refs/AcctSvcrRef", "Refs/TxId"), 140) or made.bank_reference
    made.charges = _charges(detail, made.currency, line)
    for found in _all(detail, "AmtDtls", "InstdAmt", "Amt"):
        if found.get("Ccy") and found.get("Ccy") != made.currency:
            made.original_amount = abs(amount_of(found.text or "", found.sourceline or line))
            made.original_currency = currency_of(found.get("Ccy"), found.sourceline or line)
    return made


def _reference(text: str) -> str:
    return "" if text.upper() in {"NOTPROVIDED", "NOT PROVIDED", "NONREF"} else clean(text, 140)


def _remittance(detail: Element) -> str:
    texts = [e.text or "" for e in _all(detail, "RmtInf", "Ustrd")]
    texts += [e.text or "" for e in _all(detail, "RmtInf", "Strd", "RfrdDocInf", "Nb")]
    texts += [e.text or "" for e in _all(detail, "RmtInf", "Strd", "AddtlRmtInf")]
    return clean(" ".join(t.strip() for t in texts) or _text(detail, "AddtlTxInf"), LONGEST)


def _charges(element: Element, currency: str, line: int) -> Decimal:
    """What the bank kept back, in the currency of the line; total first, else the single records."""
    total = [e for e in _all(element, "Chrgs", "TtlChrgsAndTaxAmt") if e.get("Ccy") == currency]
    single = [e for e in _all(element, "Chrgs", "Rcrd", "Amt") if e.get("Ccy") == currency]
    single += [e for e in _all(element, "Chrgs", "Amt") if e.get("Ccy") == currency]
    return sum((abs(amount_of(e.text or "", e.sourceline or line)) for e in (total[:1] or single)), Decimal(0))
