"""The switch that keeps everything in the house: a restored copy must not send again what the original sent.

A file in the data folder, because a restored database would bring back the switch as it stood when it was saved. Where there
are several tenants, there is one switch for the whole house and one for each tenant; either keeps a tenant's messages.
"""

from pathlib import Path

from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.tenancy import served

NAME = "outgoing-paused"


def pause(reason: str, home: Path | None = None) -> None:
    """Keep all outgoing messages, or those of the tenant being served, waiting until ``resume``."""
    switch = _switch(home)
    switch.parent.mkdir(parents=True, exist_ok=True)
    switch.write_text(reason + "\n", encoding="utf-8")


def resume(home: Path | None = None) -> None:
    """Let outgoing messages go again; a tenant's stay while the whole house is paused."""
    _switch(home).unlink(missing_ok=True)


def paused(home: Path | None = None) -> str:
    """Why outgoing messages are paused; empty when they are not."""
    for switch in ((home or home_folder()) / NAME, _switch(home)):
        if switch.exists():
            return switch.read_text(encoding="utf-8").strip() or "paused"
    return ""


def _switch(home: Path | None) -> Path:
    tenant = served()
    return (home or home_folder()) / (f"{NAME}-{tenant.schema}" if tenant else NAME)
