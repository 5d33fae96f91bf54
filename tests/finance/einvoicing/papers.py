"""Bills as vendors print, scan and photograph them, drawn here: text as Typst, pictures with turn, blur and noise."""

import io
import random
from dataclasses import dataclass
from decimal import Decimal

import typst
from PIL import Image, ImageFilter

from tests.finance.einvoicing.house import VAT
from tests.finance.einvoicing.test_receiving import FOREIGN

IBAN = "IT60 X054 2811 1010 0000 0123 456"


@dataclass(frozen=True)
class Item:
    """A line: what, how many, price, discount in percent, rate."""

    text: str
    quantity: str
    price: str
    rate: str = "22"
    discount: str = "0"

    @property
    def amount(self) -> Decimal:
        net = Decimal(self.quantity) * Decimal(self.price) * (100 - Decimal(self.discount)) / 100
        return net.quantize(Decimal("0.01"), "ROUND_HALF_UP")


ITEMS = (
    Item("Farina tipo 00, sacco da 25 kg", "40", "18.50"),
    Item("Lievito di birra fresco", "12", "5.00", "10"),
    Item("Trasporto a Città di Castello", "1", "35.00"),
)
#: Layouts: language, heads of the columns and which of them there are, where numbers stand, lines around cells, words of the sums.
LAYOUTS = {
    "classic": ("it", "Descrizione|Quantità|Prezzo|IVA|Importo", "tqpra", "right", "none"),
    "code": ("it", "Cod.|Descrizione dei beni|U.M.|Q.tà|Prezzo unit.|Sc. %|Importo|Aliq. IVA", "ctuqpdar", "right", "0.5pt"),
    "english": ("en", "Item|Qty|Unit price|VAT|Amount", "tqpra", "left", "none"),
    "plain": ("en", "Description|Quantity|Price|Line total", "tqpa", "center", "0.5pt"),
    "amounts": ("it", "Servizio|Totale", "ta", "right", "none"),
}


def figure(value: str | Decimal, language: str, places: int = 2) -> str:
    text = f"{Decimal(value):,.{places}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def totals(items) -> tuple[Decimal, Decimal]:
    """Net, and tax by rate rounded once each."""
    sums: dict[str, Decimal] = {}
    for item in items:
        sums[item.rate] = sums.get(item.rate, Decimal(0)) + item.amount
    tax = sum(((net * Decimal(rate) / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP") for rate, net in sums.items()), Decimal(0))
    return sum(sums.values(), Decimal(0)), tax


def sheet(layout: str, items=ITEMS, *, number: str = "2026/118", total: Decimal | None = None, label: str = "") -> str:
    """A bill in a layout, as Typst; ``total`` prints another sum than that of its lines, ``label`` another word before it."""
    language, heads, columns, align, stroke = LAYOUTS[layout]
    net, tax = totals(items)
    gross = net + tax if total is None else total
    cells = []
    for place, item in enumerate(items, start=1):
        written = {
            "c": f"A{place}7", "t": item.text, "u": "pz", "q": figure(item.quantity, language, 0 if Decimal(item.quantity) % 1 == 0 else 3),
            "p": figure(item.price, language), "d": item.discount if item.discount != "0" else "", "r": f"{item.rate}%",
            "a": figure(item.amount, language),
        }  # fmt: skip
        cells += [written[c] for c in columns]
    head = ", ".join(f"[*{h}*]" for h in heads.split("|"))
    body = ", ".join(f"[{c}]" for c in cells)
    widths = ", ".join("1fr" if c == "t" else "auto" for c in columns)
    aligned = ", ".join("left" if c in "ctu" else align for c in columns)
    if language == "it":
        top = f"Fattura n. {number} del 14.03.2026 \\\nSpett.le TEST S.r.l. P. IVA {FOREIGN[2:]}"
        sums = f"Imponibile {figure(net, language)} \\\nIVA 22% e 10% {figure(tax, language)} \\\n{label or 'Totale fattura'} € {figure(gross, language)}"
        seller = f"Partita IVA {VAT[2:]}"
    else:
        top = f"Invoice no. {number} dated 14 March 2026 \\\nTo: TEST S.r.l., VAT {FOREIGN}"
        sums = f"Net total {figure(net, language)} \\\nVAT 22% {figure(tax, language)} \\\n{label or 'Invoice total'} EUR {figure(gross, language)}"
        seller = f"VAT {VAT}"
    return f"""#set page(width: 21cm, height: 29.7cm, margin: 2cm)
#set text(size: 10pt)
*Molino Rialto S.r.l.* \\ Via Garibaldi 12, 30121 Venezia \\ {seller}

{top}
#v(1cm)
#table(columns: ({widths}), align: ({aligned}), stroke: {stroke}, {head}, {body})
#v(1cm)
{sums}

IBAN {IBAN}
"""


def pdf(source: str) -> bytes:
    return typst.compile(source.encode())


def picture(source: str, kind: str = "PNG", *, turn: float = 0, noise: int = 0, seed: int = 1, density: int = 150) -> bytes:
    """The page as a scanner or telephone sees it: turned by some degrees, specks of dirt, a little out of focus."""
    drawn = Image.open(io.BytesIO(typst.compile(source.encode(), format="png", ppi=density))).convert("L")
    if turn:
        drawn = drawn.rotate(turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    if noise:
        chance = random.Random(seed)
        for _n in range(noise):
            drawn.putpixel((chance.randrange(drawn.width), chance.randrange(drawn.height)), chance.randrange(200))
        drawn = drawn.filter(ImageFilter.GaussianBlur(0.6))
    into = io.BytesIO()
    drawn.save(into, kind, quality=75) if kind == "JPEG" else drawn.save(into, kind)
    return into.getvalue()


def scanned(source: str) -> bytes:
    """A PDF whose page is a picture."""
    into = io.BytesIO()
    Image.open(io.BytesIO(picture(source))).convert("RGB").save(into, "PDF", resolution=150)
    return into.getvalue()
