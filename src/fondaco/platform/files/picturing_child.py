"""The child that draws: bounds itself, counts the pages of a PDF or draws one, answers on standard output. No Django here."""

import base64
import logging
import sys
from pathlib import Path

from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 12, 1024 * 1024 * 1024
#: Width of a page in points, and pixels an inch: readable on a screen beside a form.
WIDTH, DENSITY = 520, 130
PAGE = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image(read("/{name}", encoding: none), format: "pdf", page: {page}, width: {width}pt)'


def main() -> None:
    """Answer for the file and page named on the command line; page 0 asks how many there are."""
    import pypdf
    import typst

    logging.disable(logging.CRITICAL)
    path, page = Path(sys.argv[1]), int(sys.argv[2])
    bound(seconds=SECONDS, memory=MEMORY)
    try:
        if page == 0:
            answer({"pages": len(pypdf.PdfReader(path).pages)})
        else:
            source = PAGE.format(name=path.name, page=page, width=WIDTH).encode()
            drawn = typst.compile(source, root=str(path.parent), format="png", ppi=DENSITY)  # type: ignore[call-overload]
            answer({"picture": base64.b64encode(drawn).decode()})
    # Both libraries raise whatever a broken file breaks in them; each is a file that cannot be shown.
    except Exception as error:
        answer({"refused": type(error).__name__})


if __name__ == "__main__":
    main()
