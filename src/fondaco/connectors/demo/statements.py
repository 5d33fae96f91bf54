"""Bank statements as the demo's bank writes them: camt.053 of what moved. Plain values in, bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

ZERO = Decimal(0)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True)
class Movement:
    """One movement on an account: who, what for, and what it was before the bank changed or charged it."""

    on: date
    amount: Decimal
    name: str = ""
    iban: str = ""
    text: str = ""
    end_to_end: str = "NOTPROVIDED"
    payment: str = ""
    code: str = "PMNT"
    charges: Decimal = ZERO
    original: tuple[Decimal, str] | None = None


def camt(number: str, iban: str, currency: str, opening: Decimal, movements: Sequence[Movement], until: date) -> bytes:
    """A statement of an account from ``opening`` over the movements, whose sum closes it."""
    closing = opening + sum((m.amount for m in movements), ZERO)
    first = movements[0].on if movements else until
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId></GrpHdr>',
        f"<Stmt><Id>{number}</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>",
        _balance("OPBD", opening, currency, first),
        _balance("CLBD", closing, currency, until),
        *(_entry(m, currency, f"{number}-{place}") for place, m in enumerate(movements, start=1)),
        "</Stmt></BkToCstmrStmt></Document>",
    ]
    return "\n".join(parts).encode()


def _side(amount: Decimal) -> str:
    return f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"


def _balance(code: str, amount: Decimal, currency: str, on: date) -> str:
    return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount):.2f}</Amt>{_side(amount)}<Dt><Dt>{on}</Dt></Dt></Bal>'


def _entry(m: Movement, currency: str, reference: str) -> str:
    who = "Cdtr" if m.amount < 0 else "Dbtr"
    details = [f"<Refs><EndToEndId>{escape(m.end_to_end)}</EndToEndId></Refs>"]
    if m.original:
        details.append(f'<AmtDtls><InstdAmt><Amt Ccy="{m.original[1]}">{m.original[0]:.2f}</Amt></InstdAmt></AmtDtls>')
    if m.charges:
        details.append(f'<Chrgs><Rcrd><Amt Ccy="{currency}">{m.charges:.2f}</Amt></Rcrd></Chrgs>')
    if m.name or m.iban:
        account = f"<{who}Acct><Id><IBAN>{m.iban}</IBAN></Id></{who}Acct>" if m.iban else ""
        details.append(f"<RltdPties><{who}><Pty><Nm>{escape(m.name)}</Nm></Pty></{who}>{account}</RltdPties>")
    if m.text:
        details.append(f"<RmtInf><Ustrd>{escape(m.text)}</Ustrd></RmtInf>")
    batch = f"<Btch><PmtInfId>{escape(m.payment)}</PmtInfId></Btch>" if m.payment else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(m.amount):.2f}</Amt>{_side(m.amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{m.on}</Dt></BookgDt>'
        f"<ValDt><Dt>{m.on}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Domn><Cd>{m.code}</Cd></Domn></BkTxCd>"
        f"<NtryDtls>{batch}<TxDtls>{''.join(details)}</TxDtls></NtryDtls></Ntry>"
    )
