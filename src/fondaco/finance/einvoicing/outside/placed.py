"""The words of a PDF page with their places, from its text layer. No Django."""

from collections.abc import Iterator

from fondaco.finance.einvoicing.outside.tables import Word

MOST_LETTERS = 100_000


def words_of(content: bytes, pages: int) -> list[list[Word]]:
    """The words of the first pages; raises what the library raises on broken files."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        return [list(_page(document[number])) for number in range(min(len(document), pages))]
    finally:
        document.close()


def _page(page) -> Iterator[Word]:  # type: ignore[no-untyped-def]
    """Letters that touch make a word: a blank, or a gap of a third of their height, parts them."""
    height = page.get_height()
    text = page.get_textpage()
    letters: list[str] = []
    box = (0.0, 0.0, 0.0, 0.0)

    def word() -> Word:
        return Word("".join(letters), box[0], box[2], height - box[3], height - box[1])

    for place in range(min(text.count_chars(), MOST_LETTERS)):
        letter = text.get_text_range(place, 1)
        left, bottom, right, top = text.get_charbox(place, loose=True)
        if not letter.strip() or not letter.isprintable():
            if letters:
                yield word()
            letters = []
            continue
        if letters:
            size = max(box[3] - box[1], 1)
            if not (left > box[0] - 0.1 * size and left - box[2] < 0.33 * size and abs(bottom - box[1]) < 0.5 * size):
                yield word()
                letters = []
        if letters:
            box = (box[0], min(box[1], bottom), max(box[2], right), max(box[3], top))
        else:
            box = (left, bottom, right, top)
        letters.append(letter)
    if letters:
        yield word()


def text_of(rows: list[list[Word]]) -> tuple[str, list[tuple[int, int, float]]]:
    """The rows as lines of text, and for each word its place in the text and how surely it was read."""
    parts: list[str] = []
    spans: list[tuple[int, int, float]] = []
    length = 0
    for row in rows:
        for word in row:
            spans.append((length, length + len(word.text), word.sure))
            parts.append(word.text)
            length += len(word.text) + 1
        if parts:
            parts[-1] += "\n"
            # The blank that joins words stands before the next one; a row ends without one.
            length += 1
    return " ".join(parts), spans


__all__ = ["text_of", "words_of"]
