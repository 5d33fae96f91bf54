"""The child process: bounds itself, reads a file from standard input, says what it is as JSON on standard output. No Django here."""

import json
import resource
import sys
from collections.abc import Sequence
from typing import Any

SECONDS, MEMORY = 10, 512 * 1024 * 1024


def main() -> None:
    """Read standard input and answer. What the file breaks is an answer too; only running out of bounds ends the process."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = answered(sys.stdin.buffer.read(), sys.argv[2:])
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()


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
