"""The switch that keeps everything in the house: a restored copy must not send again what the original sent.

A file in the data folder, because a restored database would bring back the switch as it stood when it was saved.
"""

from pathlib import Path

from fondaco.platform.database.configuration import home_folder

NAME = "outgoing-paused"


def pause(reason: str, home: Path | None = None) -> None:
    """Keep all outgoing messages waiting until ``resume``."""
    folder = home or home_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(reason + "\n", encoding="utf-8")


def resume(home: Path | None = None) -> None:
    """Let outgoing messages go again."""
    ((home or home_folder()) / NAME).unlink(missing_ok=True)


def paused(home: Path | None = None) -> str:
    """Why outgoing messages are paused; empty when they are not."""
    try:
        return ((home or home_folder()) / NAME).read_text(encoding="utf-8").strip() or "paused"
    except FileNotFoundError:
        return ""
