"""The help of a verb, which is its docstring."""


def first_paragraph(docstring: str) -> str:
    """What a docstring says first, in one line."""
    return " ".join(docstring.split("\n\n", maxsplit=1)[0].split())
