"""``stop``: the end of everything that runs for this data folder."""

import argparse
from collections.abc import Callable

from fondaco.interfaces.cli import processes
from fondaco.platform.database.configuration import embedded_server, home_folder


def stop_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    return lambda arguments: stop()


def stop() -> None:
    """End pages and jobs, letting requests finish, then the embedded database server. Quiet success when nothing runs."""
    home = home_folder()
    serving = processes.written_down(home)
    alive = serving.alive()
    # The parent first: it would start its children again. It needs their grace and a little more.
    processes.end([each for each in alive if each.name == processes.PARENT], processes.GRACE_SECONDS + 5)
    processes.end(serving.alive())
    processes.note(home).unlink(missing_ok=True)
    print(f"Stopped serving {serving.address}" if alive else "Nothing was served.")
    server = embedded_server(home)
    if server is None:
        print("The database server of DATABASE_URL is not ours to stop.")
    elif server.running():
        server.stop()
        print("Stopped the database server.")
    else:
        print("The database server did not run.")
