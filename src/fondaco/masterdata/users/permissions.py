"""Which permissions there are: those of resources, their guarded fields, their verbs, and the standalone ones."""

from collections.abc import Collection
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

from django.utils.translation import gettext as _

from fondaco.platform.access.permissions import PATTERN, STANDALONE
from fondaco.platform.resources.declare import RESOURCES


@cache
def known_permissions() -> frozenset[str]:
    """Every permission some door or verb asks for."""
    found = set(STANDALONE)
    for resource in RESOURCES.values():
        columns = [*resource.shown(), *resource.detail(), *(c for lines in resource.lines for c in lines.shown())]
        found |= {resource.view_permission, resource.write_permission, *(c.right for c in columns)}
        found |= {action.permission for action in resource.actions()}
    return frozenset(found - {""})


def fits_any(pattern: str, permissions: Collection[str]) -> bool:
    """Whether ``pattern`` (``room.verb_noun``, or with stars) means one of ``permissions``."""
    if not PATTERN.fullmatch(pattern):
        return False
    return any(fnmatchcase(each, pattern) for each in permissions)


def advice_on(pattern: str, permissions: Collection[str]) -> str:
    """What may have been meant."""
    near = get_close_matches(pattern, permissions, 3, 0.6)
    if near:
        return _("Did you mean {permissions}?").format(permissions=", ".join(near))
    return _("It is written room.verb_noun, such as sales.post_order, or with a star, such as sales.view_*.")
