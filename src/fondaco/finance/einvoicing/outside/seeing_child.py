"""The child that reads pictures: more time and memory than the one that reads data, the same walls. No Django here."""

import sys
from typing import Any

from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 120, 4 * 1024 * 1024 * 1024


def main() -> None:
    """Read standard input and answer."""
    bound(seconds=SECONDS, memory=MEMORY)
    answer(answered(sys.stdin.buffer.read()))


def answered(content: bytes) -> dict[str, Any]:
    """What stands on the picture, or why it is refused."""
    from fondaco.finance.einvoicing.outside.recognising import seen
    from fondaco.finance.einvoicing.outside.refused import Refused

    try:
        return seen(content)
    except Refused as refused:
        return {"refused": refused.why, "line": refused.line, "detail": refused.detail[:500]}
    except MemoryError:
        return {"refused": "too_much"}


if __name__ == "__main__":
    main()
