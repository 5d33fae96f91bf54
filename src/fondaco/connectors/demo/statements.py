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


@dataclass(frozen=True)
class Statement:
    """The movements of an account until a day, from ``opening`` on; their sum closes it."""

    number: str
    iban: str
    currency: str
    opening: Decimal
    movements: Sequence[Movement]
    until: date

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((m.amount for m in self.movements), ZERO)


def camt(number: str, statements: Sequence[Statement]) -> bytes:
    """A file with the statements of several accounts, as a bank sends it to a firm that has them all there."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId></GrpHdr>',
        *(line for statement in statements for line in _statement(statement)),
        "</BkToCstmrStmt></Document>",
    ]
    return "\n".join(parts).encode()


def _statement(s: Statement) -> list[str]:
    first = s.movements[0].on if s.movements else s.until
    return [
        f"<Stmt><Id>{s.number}</Id><Acct><Id><IBAN>{s.iban}</IBAN></Id><Ccy>{s.currency}</Ccy></Acct>",
        _balance("OPBD", s.opening, s.currency, first),
        _balance("CLBD", s.closing, s.currency, s.until),
        *(_entry(m, s.currency, f"{s.number}-{place}") for place, m in enumerate(s.movements, start=1)),
        "</Stmt>",
    ]


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
