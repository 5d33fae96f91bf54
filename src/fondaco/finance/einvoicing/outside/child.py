"""The child process: bounds itself, reads a file from standard input, says what it is as JSON on standard output. No Django here."""

import sys
from collections.abc import Sequence
from typing import Any

from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 10, 512 * 1024 * 1024


def main() -> None:
    """Read standard input and answer. What the file breaks is an answer too; only running out of bounds ends the process."""
    bound(seconds=SECONDS, memory=MEMORY)
    answer(answered(sys.stdin.buffer.read(), sys.argv[1:]))


def answered(content: bytes, readers: Sequence[str]) -> dict[str, Any]:
    """What the file is, or why it is refused."""
    from fondaco.finance.einvoicing.outside.recognising import Refused, told

    try:
        return told(content, readers)
    except Refused as refused:
        return {"refused": refused.why, "line": refused.line, "detail": refused.detail[:500]}
    except MemoryError:
        return {"refused": "too_much"}
    except RecursionError:
        return {"refused": "not_xml", "detail": "nested too deeply"}


if __name__ == "__main__":
    main()
