"""Texts that people write for a page: paragraphs, headings, points, **bold**, *slanted* and [links](https://…). Everything else is shown as it was
typed: nothing in it can act."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"\[([^\]\n]{1,200})\]\(((?:https?://|mailto:|tel:|/(?!/))[^\s()<>\"']{1,500})\)")
_BOLD = re.compile(r"\*\*([^*\n]{1,500})\*\*")
_SLANTED = re.compile(r"\*([^*\n]{1,500})\*")


def marked(text: str) -> Markup:
    """The text as HTML. A blank line ends a paragraph, ``# `` begins a heading, ``- `` a point."""
    made: list[str] = []
    points: list[str] = []
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            made.append(f"<p>{'<br>'.join(paragraph)}</p>")
        if points:
            made.append(f"<ul>{''.join(f'<li>{p}</li>' for p in points)}</ul>")
        paragraph.clear()
        points.clear()

    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.strip()
        if bare.startswith("- "):
            if paragraph:
                close()
            points.append(inline(bare[2:]))
        elif bare.startswith("#"):
            close()
            made.append(f"<h2>{inline(bare.lstrip('#').strip())}</h2>")
        elif bare:
            if points:
                close()
            paragraph.append(inline(bare))
        else:
            close()
    close()
    return Markup("\n".join(made))


def inline(text: str) -> Markup:
    """One line of such a text."""
    parts: list[str] = []
    last = 0
    for found in _LINK.finditer(text):
        parts.append(_emphasised(text[last : found.start()]))
        parts.append(f'<a href="{escape(found[2])}" rel="noopener nofollow">{_emphasised(found[1])}</a>')
        last = found.end()
    parts.append(_emphasised(text[last:]))
    return Markup("".join(parts))


def _emphasised(text: str) -> str:
    safe = str(escape(text))
    return _SLANTED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", safe))
