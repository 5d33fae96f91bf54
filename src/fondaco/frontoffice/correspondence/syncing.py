"""Keeping a calendar in step: what changed there comes in, what changed here goes out, in one transaction with how far that was read.

Where both sides changed the same entry, the house's stands and goes out; that it happened is counted and shown. An entry is written only where
it is as it was last seen, so a change that comes in between is met with the next look and nothing is lost. Series are read as their single
dates and not written.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from fondaco.frontoffice.correspondence import standing as words
from fondaco.frontoffice.correspondence.caldav import Changed, Remote, Server
from fondaco.frontoffice.correspondence.calendars import AHEAD, BACK, MOST, Entry, Incoming, Keeper, calendar_of, keepers
from fondaco.frontoffice.correspondence.fetching import alone, password_of
from fondaco.frontoffice.correspondence.filing import known
from fondaco.frontoffice.correspondence.imap import Failed
from fondaco.frontoffice.correspondence.models import CalendarAccount, CalendarItem, CalendarStanding
from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.bounded import Ended, ask
from fondaco.platform.database.bulk import insert_rows, update_rows

CHILD = "fondaco.frontoffice.correspondence.calendar_child"
SECONDS, LARGEST_ANSWER = 15, 8 * 1024 * 1024
#: One calendar file says at most so many dates; one look brings at most so many entries and sends so many.
MOST_DATES, MOST_BROUGHT, MOST_SENT = 400, 1_000, 200


@dataclass
class Synced:
    """What a look did; ``problem`` where it ended badly."""

    brought: int = 0
    sent: int = 0
    conflicts: int = 0
    refused: int = 0
    problem: str = ""


def due(now: datetime) -> list[CalendarAccount]:
    """The calendars to look into now."""
    ready = Q(standing__isnull=True) | Q(standing__next_at__isnull=True) | Q(standing__next_at__lte=now)
    return list(CalendarAccount.objects.filter(ready, is_active=True).exclude(sealed_password="").order_by("standing__next_at", "pk"))


def sync(account: CalendarAccount) -> Synced | None:
    """Look into a calendar once, in the caller's transaction; nothing where another worker is looking into it."""
    if not alone("calendar", account.pk):
        return None
    standing, _made = CalendarStanding.objects.get_or_create(account=account)
    look = _Look(account, standing)
    detail = ""
    try:
        look.run()
    except Failed as failure:
        look.done.problem, detail = failure.problem, failure.detail
    now = timezone.now()
    standing.tried_at = now
    for name in ("brought", "sent", "conflicts", "refused"):
        setattr(standing, name, getattr(standing, name) + getattr(look.done, name))
    if look.done.problem:
        words.failed(standing, now, look.done.problem, detail)
    else:
        words.succeeded(standing, now)
    standing.save()
    return look.done


class _Look:
    """One look. ``items`` are the calendar's entries as they were last seen."""

    def __init__(self, account: CalendarAccount, standing: CalendarStanding) -> None:
        self.account, self.standing, self.done = account, standing, Synced()
        self.actor: Actor = actor_of(account.user, channel="calendar")
        self.now = timezone.now()
        self.items: dict[str, list[CalendarItem]] = defaultdict(list)
        for item in CalendarItem.objects.filter(account=account).order_by("pk"):
            self.items[item.path].append(item)

    def run(self) -> None:
        self.remote = Remote(Server(self.account.url, self.account.username, password_of(self.account)))
        news = self.remote.news(self.standing.sync_token)
        gone = set(self.items) - set(news.changed) if news.whole else news.gone & set(self.items)
        fresh = [
            p
            for p, etag in sorted(news.changed.items())
            if not etag or any(i.etag != etag for i in self.items.get(p, ())) or p not in self.items
        ]
        self.standing.behind = max(0, len(fresh) - MOST_BROUGHT)
        known_here = {
            e.uid: e for k in keepers for e in k.named(self.actor, [i.entry_uid for i in self._all() if i.entry_uid.startswith(k.prefix)])
        }
        self._bring(self.remote.contents(fresh[:MOST_BROUGHT]), known_here)
        self._gone(gone, known_here)
        if not self.standing.behind:  # else the same changes are asked for again, and those that came are known by their etags
            self.standing.sync_token = news.token
        self._send()

    def _all(self) -> list[CalendarItem]:
        return [item for items in self.items.values() for item in items]

    def _bring(self, contents: Mapping[str, tuple[str, str]], here: Mapping[str, Entry]) -> None:
        paths = list(contents)
        said = read([contents[p][1] for p in paths], self.now)
        people = {a for one in said for e in one.get("events", ()) for a in e["people"]}
        parties = known(people)
        # Entries of the house that a look wrote before it was killed: they are found again by their names.
        mapped = {i.entry_uid for i in self._all()}
        names = {e["uid"] for one in said for e in one.get("events", ()) if not e["recurrence"]} - mapped
        ours = {e.uid for k in keepers for e in k.named(self.actor, [u for u in names if u.startswith(k.prefix)])}
        fresh: list[tuple[str, str, str, Incoming]] = []
        changes: dict[str, tuple[CalendarItem, Incoming]] = {}
        for path, one in zip(paths, said, strict=True):
            etag = contents[path][0]
            there = {i.recurrence: i for i in self.items.get(path, ())}
            for item in there.values():
                item.etag = etag
            if "refused" in one:
                self.done.refused += 1
            for event in one.get("events", ()):
                party = next((parties[a] for a in event["people"] if a in parties), 0)
                incoming = Incoming(
                    event["title"], datetime.fromisoformat(event["starts_at"]), datetime.fromisoformat(event["ends_at"]), party
                )
                item = there.pop(event["recurrence"], None)
                if item is None and event["uid"] in ours:
                    ours.remove(event["uid"])
                    found = CalendarItem(account=self.account, path=path, etag=etag, entry_uid=event["uid"])
                    insert_rows(CalendarItem, [found])
                    self.items[path].append(found)
                elif item is None:
                    fresh.append((path, etag, event["recurrence"], incoming))
                elif item.entry_uid in here:
                    changes[item.entry_uid] = (item, incoming)
            if "refused" in one and path not in self.items:
                fresh.append((path, etag, "", Incoming("", self.now, self.now)))
            elif "events" in one:
                self._drop([i for i in there.values() if i.recurrence], here)
                if not one["events"] and path not in self.items:
                    fresh.append((path, etag, "", Incoming("", self.now, self.now)))
        self._open(fresh)
        self._change(changes, here)
        rows = self._all()
        update_rows(
            CalendarItem, {"id": [i.pk for i in rows], "etag": [i.etag for i in rows], "entry_sequence": [i.entry_sequence for i in rows]}
        )

    def _open(self, fresh: Sequence[tuple[str, str, str, Incoming]]) -> None:
        """What is new there and concerns a known party becomes an entry; of the rest only the address is kept."""
        keeper = keepers[0] if keepers else None
        meant = [n for n, (_p, _e, _r, incoming) in enumerate(fresh) if incoming.party and incoming.title and keeper]
        opened = (
            dict(zip(meant, keeper.open(self.actor, self.account.company_id, [fresh[n][3] for n in meant]), strict=True))
            if keeper and meant
            else {}
        )
        rows = [
            CalendarItem(
                account=self.account, path=path, etag=etag, recurrence=recurrence,
                entry_uid=opened[n].uid if n in opened else "", entry_sequence=opened[n].sequence if n in opened else 0,
            )
            for n, (path, etag, recurrence, _incoming) in enumerate(fresh)
        ]  # fmt: skip
        insert_rows(CalendarItem, rows)
        for row in rows:
            self.items[row.path].append(row)
        self.done.brought += len(opened)

    def _change(self, changes: Mapping[str, tuple[CalendarItem, Incoming]], here: Mapping[str, Entry]) -> None:
        wanted: dict[str, Incoming] = {}
        for uid, (item, incoming) in changes.items():
            entry = here[uid]
            if (incoming.title, incoming.starts_at) == (_title(entry), entry.starts_at.replace(microsecond=0)):
                continue
            if entry.sequence != item.entry_sequence:
                self._conflict(entry)
            else:
                wanted[uid] = incoming
        for keeper in keepers:
            for entry in keeper.change(self.actor, {u: i for u, i in wanted.items() if u.startswith(keeper.prefix)}):
                changes[entry.uid][0].entry_sequence = entry.sequence
                self.done.brought += 1

    def _gone(self, paths: set[str], here: Mapping[str, Entry]) -> None:
        self._drop([item for path in sorted(paths) for item in self.items[path]], here)

    def _drop(self, items: Sequence[CalendarItem], here: Mapping[str, Entry]) -> None:
        """What was deleted there loses its time here, unless it was changed here since: then it goes out again."""
        for item in items:
            if item.entry_uid in here and here[item.entry_uid].sequence != item.entry_sequence:
                self._conflict(here[item.entry_uid])
        lost = [i.entry_uid for i in items if i.entry_uid in here and here[i.entry_uid].sequence == i.entry_sequence]
        for keeper in keepers:
            keeper.unschedule(self.actor, [u for u in lost if u.startswith(keeper.prefix)])
        self.done.brought += len(lost)
        CalendarItem.objects.filter(pk__in=[i.pk for i in items]).delete()
        for item in items:
            self.items[item.path].remove(item)

    def _conflict(self, entry: Entry) -> None:
        self.done.conflicts += 1
        self.standing.last_conflict = f"{entry.title}, {timezone.localtime(entry.starts_at):%Y-%m-%d %H:%M}"

    def _send(self) -> None:
        by_uid = {i.entry_uid: i for i in self._all() if i.entry_uid}
        now = {e.uid: e for k in keepers for e in k.entries(self.actor, self.now - BACK, self.now + AHEAD, MOST)}
        there = {e.uid: e for k in keepers for e in k.named(self.actor, [u for u in by_uid if u.startswith(k.prefix)])}
        changed = [
            e
            for uid, e in (there | now).items()
            if uid not in by_uid or (by_uid[uid].entry_sequence != e.sequence and not by_uid[uid].recurrence)
        ]
        self.standing.behind += max(0, len(changed) - MOST_SENT)
        for entry in changed[:MOST_SENT]:
            self._put(entry, by_uid.get(entry.uid))
        for uid, item in by_uid.items():
            if uid not in there and not item.recurrence:
                self._delete(item)

    def _put(self, entry: Entry, item: CalendarItem | None) -> None:
        path = item.path if item else f"{self.remote.path}{entry.uid.replace('@', '-')}.ics"
        try:
            etag = self.remote.put(path, calendar_of([entry], "", publish=False), item.etag if item else "")
        except Changed:
            if item is not None:
                self.standing.sync_token = ""  # It is met with the next look, which sees everything.
                return
            # It was written by a look that was killed before it was noted.
            found = self.remote.contents([path])
            etag = self.remote.put(path, calendar_of([entry], "", publish=False), found[path][0]) if path in found else ""
        if item is None:
            item = CalendarItem(account=self.account, path=path, entry_uid=entry.uid)
        item.etag, item.entry_sequence = etag, entry.sequence
        item.save()
        self.done.sent += 1

    def _delete(self, item: CalendarItem) -> None:
        try:
            self.remote.delete(item.path, item.etag)
        except Changed:
            self.standing.sync_token = ""
            return
        item.delete()
        self.done.sent += 1


def _title(entry: Entry) -> str:
    return f"✓ {entry.title}" if entry.is_done else entry.title


def read(files: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """What calendar files say, expanded within the window, by a bounded child; one that is too much for it is refused alone."""
    if not files:
        return []
    given = {"first": (now - BACK).isoformat(), "last": (now + AHEAD).isoformat(), "most": MOST_DATES, "files": list(files)}
    try:
        return list(ask(CHILD, [], json.dumps(given).encode(), seconds=SECONDS, largest_answer=LARGEST_ANSWER)["files"])
    except Ended as ended:
        if len(files) == 1:
            return [{"refused": ended.why}]
    half = len(files) // 2
    return [*read(files[:half], now), *read(files[half:], now)]


__all__ = ["Keeper", "Synced", "due", "read", "sync"]
