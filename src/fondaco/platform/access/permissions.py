"""Permissions that belong to no resource and no verb, such as the right to do something late. The others are known by those."""

import re

STANDALONE: set[str] = set()
#: ``room.verb_noun``; a star stands for any letters on its side of the dot.
PATTERN = re.compile(r"(\*|[a-z_]+)\.[a-z_*]+|\*")


def standalone(permission: str) -> str:
    """Declare a permission of its own; returns it."""
    STANDALONE.add(permission)
    return permission
