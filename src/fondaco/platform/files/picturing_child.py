"""The child that draws: bounds itself, counts the pages of a PDF or picture or draws one, answers on standard output. No Django here."""

import base64
import io
import logging
import sys
from pathlib import Path
from typing import Any

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
        if is_picture(path):
            answer(picture(path, page))
        elif page == 0:
            answer({"pages": len(pypdf.PdfReader(path).pages)})
        else:
            source = PAGE.format(name=path.name, page=page, width=WIDTH).encode()
            drawn = typst.compile(source, root=str(path.parent), format="png", ppi=DENSITY)  # type: ignore[call-overload]
            answer({"picture": base64.b64encode(drawn).decode()})
    # Both libraries raise whatever a broken file breaks in them; each is a file that cannot be shown.
    except Exception as error:
        answer({"refused": type(error).__name__})


#: Points of a picture that is drawn, and what the first bytes of pictures are.
MOST_POINTS, STARTS = 50_000_000, (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def is_picture(path: Path) -> bool:
    """Whether the file begins as a picture of the kinds that are drawn."""
    with path.open("rb") as file:
        return file.read(8).startswith(STARTS)


def picture(path: Path, page: int) -> dict[str, Any]:
    """The frames of a picture counted, or one of them as PNG, as wide as a page is drawn and the right way up."""
    from PIL import Image, ImageOps

    with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as opened:
        if page == 0:
            return {"pages": getattr(opened, "n_frames", 1)}
        opened.seek(page - 1)
        if opened.width * opened.height > MOST_POINTS:
            return {"refused": "too_many_points"}
        width = round(WIDTH * DENSITY / 72)
        drawn = ImageOps.exif_transpose(opened).convert("RGB")
        drawn.thumbnail((width, 4 * width))
        into = io.BytesIO()
        drawn.save(into, "PNG")
        return {"picture": base64.b64encode(into.getvalue()).decode()}


if __name__ == "__main__":
    main()
