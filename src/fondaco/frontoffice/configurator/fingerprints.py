"""The fingerprint by which the same configuration is found again: SHA-256 of model and choices as canonical JSON. Pure."""

import hashlib
import json
from collections.abc import Mapping


def fingerprint(model: int, components: Mapping[str, int], choices: Mapping[str, str]) -> str:
    """The same for the same choices of the same version, whoever made them and in whatever order."""
    content = {"model": model, "components": dict(components), "choices": dict(choices)}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
