"""Small bank files of our own, and where the real ones lie."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "bank"
IBAN = "IT60X0542811101000000123456"


def camt(
    entries: Sequence[str] = (),
    *,
    opening: str = "0.00",
    closing: str = "0.00",
    account: str = IBAN,
    currency: str = "EUR",
    version: str = "08",
    statement: str = "S1",
    on: str = "2026-02-01",
) -> bytes:
    """A camt.053 with the entries given as XML."""

    def balance(code: str, amount: str) -> str:
        side = "DBIT" if amount.startswith("-") else "CRDT"
        return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>'

    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>{statement}</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}\n" + "\n".join(entries) + "\n</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    amount: str,
    on: str = "2026-02-10",
    *,
    name: str = "",
    iban: str = "",
    text: str = "",
    reference: str = "",
    end_to_end: str = "NOTPROVIDED",
    structured: str = "",
    code: str = "PMNT",
    currency: str = "EUR",
    charges: str = "",
    original: tuple[str, str] | None = None,
    payment_id: str = "",
) -> str:
    """One entry; a negative amount is money that went out."""
    out = amount.startswith("-")
    who = "Cdtr" if out else "Dbtr"
    esc = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    parts = [f"<Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>"]
    if original:
        parts.append(f'<AmtDtls><InstdAmt><Amt Ccy="{original[1]}">{original[0]}</Amt></InstdAmt></AmtDtls>')
    if charges:
        parts.append(f'<Chrgs><Rcrd><Amt Ccy="{currency}">{charges}</Amt></Rcrd></Chrgs>')
    if name or iban:
        account = f"<{who}Acct><Id><IBAN>{iban}</IBAN></Id></{who}Acct>" if iban else ""
        parts.append(f"<RltdPties><{who}><Pty><Nm>{name.translate(esc)}</Nm></Pty></{who}>{account}</RltdPties>")
    strd = f"<Strd><CdtrRefInf><Ref>{structured}</Ref></CdtrRefInf></Strd>" if structured else ""
    if text or strd:
        parts.append(f"<RmtInf>{f'<Ustrd>{text.translate(esc)}</Ustrd>' if text else ''}{strd}</RmtInf>")
    batch = f"<Btch><PmtInfId>{payment_id}</PmtInfId></Btch>" if payment_id else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>{code}</Cd></Domn></BkTxCd><NtryDtls>{batch}<TxDtls>{''.join(parts)}</TxDtls></NtryDtls></Ntry>"
    )


def statement(entries: Sequence[str], amounts: Sequence[str], opening: str = "0.00", **values: str) -> bytes:
    """A camt.053 whose closing balance follows from the amounts."""
    closing = Decimal(opening) + sum(map(Decimal, amounts), Decimal(0))
    return camt(entries, opening=opening, closing=f"{closing:.2f}", **values)


MT940 = b""":20:STARTUMS
:25:IT60X0542811101000000123456
:28C:00001/001
:60F:C260131EUR1000,00
:61:2602020202C250,50NTRFINV/2026/1//REF1
:86:166?00GUTSCHRIFT?109310?20EREF+E2E-1?21SVWZ+Rechnung INV/2026/00?22001 danke?30GENODEF1XXX?31DE89370400440532013000?32MUSTER GM?33BH
:61:2602030203D99,00NMSCNONREF//REF2
:86:/TRTP/SEPA OVERBOEKING/IBAN/NL56AGDH9619008421/BIC/INGBNL2A/NAME/ACME BV/REMI/Bill 77/EREF/NOTPROVIDED
:62F:C260203EUR1151,50
-
"""
OFX = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260203<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>123-45<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260201<DTEND>20260203
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260202<TRNAMT>100.25<FITID>F1<NAME>Bar Duomo<MEMO>Invoice 12</STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260203<TRNAMT>-5.00<FITID>F2<NAME>Fee</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>95.25<DTASOF>20260203</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
CSV = b"""Estratto conto;;;;;
Conto IT60X0542811101000000123456;;;;;
Data contabile;Data valuta;Descrizione;Dare;Avere;Saldo
03/02/2026;03/02/2026;Commissioni bonifico;-5,00;;1.245,50
02/02/2026;02/02/2026;"Bonifico da Bar Duomo; fattura 12";;250,50;1.250,50
"""
BOMB = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10) for n in range(1, 10))
    + b"]>\n<Document><BkToCstmrStmt><Stmt><Id>&lol9;</Id></Stmt></BkToCstmrStmt></Document>"
)
