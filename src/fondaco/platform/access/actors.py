"""The actor: who does something, and everything he may do, read once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache

from fondaco.platform.access.models import Membership, Scope, User
from fondaco.platform.database.knowing import known, shared

#: permission -> ((company id or None for all, scope), ...)
Grants = Mapping[str, tuple[tuple[int | None, str], ...]]


@dataclass(frozen=True)
class Actor:
    """Someone acting through a door. ``everything`` is for the program's own work (setup, demo, import), never for a person."""

    username: str
    name: str = ""
    user_id: int | None = None
    language: str = "en"
    channel: str = "web"
    patterns: tuple[tuple[str, int | None, str], ...] = ()
    limits: tuple[str, ...] | None = None
    team_ids: frozenset[int] = frozenset()
    everything: bool = False
    preferences: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: The portal user, of somebody who is none of the house; he holds no permission.
    outside_id: int | None = None

    @classmethod
    def program(cls, name: str, channel: str = "program") -> "Actor":
        """The program itself, for setup and imports started from the command line."""
        return cls(username=f"program.{name}", name=name, channel=channel, everything=True)

    def grants(self, permission: str) -> tuple[tuple[int | None, str], ...]:
        """Where the actor holds ``permission``: pairs of company (``None``: all) and row scope."""
        if self.everything:
            return ((None, Scope.COMPANY),)
        if self.limits is not None and not any(_matches(permission, limit) for limit in self.limits):
            return ()
        return _granted(permission, self.patterns)

    def may(self, permission: str, company_id: int | None = None) -> bool:
        """Whether the actor holds ``permission`` (in ``company_id``, when given)."""
        return any(company_id is None or held is None or held == company_id for held, _ in self.grants(permission))

    def companies(self) -> frozenset[int] | None:
        """The companies the actor works in; ``None`` means all."""
        if self.everything or any(company is None for _, company, _ in self.patterns):
            return None
        return frozenset(company for _, company, _ in self.patterns if company is not None)


@lru_cache(maxsize=20_000)
def _matches(permission: str, pattern: str) -> bool:
    return fnmatchcase(permission, pattern)


@lru_cache(maxsize=20_000)
def _granted(permission: str, patterns: tuple[tuple[str, int | None, str], ...]) -> tuple[tuple[int | None, str], ...]:
    widest: dict[int | None, str] = {}
    order = list(Scope.values)
    for pattern, company, scope in patterns:
        if _matches(permission, pattern) and order.index(scope) >= order.index(widest.get(company, Scope.OWN)):
            widest[company] = scope
    return tuple(sorted(widest.items(), key=lambda held: (held[0] is not None, held[0] or 0)))


@known
def user_of(key: int) -> User | None:
    """The user of a key, without his password, to read only; from memory."""
    user = User.objects.filter(pk=key).defer("password").first()
    return None if user is None else shared(user)


@known
def _patterns(user: int) -> tuple[tuple[str, int | None, str], ...]:
    """What the roles of a user permit."""
    held = Membership.objects.filter(user=user).values_list("role__permissions__pattern", "company_id", "role__permissions__scope")
    return tuple(sorted(((p, c, s) for p, c, s in held if p is not None), key=str))


def actor_of(user: User, *, channel: str, limits: Iterable[str] | None = None) -> Actor:
    """Read what ``user`` may do: from memory, with one query where he reaches his team's rows. ``limits`` are the scopes of a token."""
    patterns = _patterns(user.pk) if user.is_active else ()
    mates = User.objects.filter(teams__members=user).values_list("id", flat=True) if any(s == Scope.TEAM for *_, s in patterns) else ()
    return Actor(
        username=user.username,
        name=user.name,
        user_id=user.pk,
        language=user.language,
        channel=channel,
        patterns=patterns,
        limits=None if limits is None else tuple(limits),
        team_ids=frozenset({user.pk, *mates}),
        preferences={"theme": user.theme, "density": user.density, "language": user.language},
    )


def actors_by_username(usernames: Iterable[str]) -> dict[str, Actor]:
    """Actors for several users at once, for imports and the demo."""
    users = {u.username: u for u in User.objects.filter(username__in=list(usernames))}
    patterns: dict[int, list] = defaultdict(list)
    for user_id, pattern, company, scope in Membership.objects.filter(user__in=users.values()).values_list(
        "user_id", "role__permissions__pattern", "company_id", "role__permissions__scope"
    ):
        if pattern is not None:
            patterns[user_id].append((pattern, company, scope))
    return {
        name: replace(
            Actor(username=name, name=u.name, user_id=u.pk, language=u.language, channel="program", team_ids=frozenset({u.pk})),
            patterns=tuple(sorted(patterns[u.pk], key=str)),
        )
        for name, u in users.items()
    }
