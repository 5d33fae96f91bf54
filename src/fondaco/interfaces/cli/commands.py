"""The table of commands. A new command is one line here and a function ``<name>_command`` in its module.

The function takes the command's argument parser, declares its arguments, and returns the work: a function of the parsed
arguments that returns the exit status, or nothing for success. This module imports nothing, so that any Python shows the help.
"""

from dataclasses import dataclass

#: Of which tenants a command works on the data, where there are several: one that is named, or all unless one is.
ONE, ALL = "one", "all"


@dataclass(frozen=True)
class Command:
    """``module`` lies in this folder and is imported when the command is called; ``django`` sets Django up before that.

    ``tenant`` is ONE or ALL for what works on a tenant's data, and empty for what concerns the installation as a whole.
    """

    name: str
    summary: str
    module: str
    django: bool = True
    tenant: str = ""


COMMANDS = {
    command.name: command
    for command in [
        Command("demo", "Build the demo company when it is missing, and serve it with its users.", "demonstrating", tenant=ONE),
        Command("serve", "Serve Fondaco to browsers on this machine, until Ctrl-C.", "serving"),
        Command("stop", "Stop everything that runs: pages, jobs and the database server.", "stopping", django=False),
        Command(
            "import",
            "Import bank files, or a FOLDER of another program's, such as Northwind's, and prove the result.",
            "importing",
            tenant=ONE,
        ),
        Command("migrate", "Bring the database to the state of this release. Safe to repeat.", "migrating"),
        Command("tenant", "Make, list, suspend and resume the tenants of an installation that serves several.", "tenants"),
        Command("backup", "Write the database and all files into one FILE.", "backup", django=False),
        Command("restore", "Replace the database and files by those in a backup FILE, keeping the present ones aside.", "backup"),
        Command("mail", "File one mail, read from standard input, as a ticket or a message of one.", "mail", tenant=ONE),
        Command("send", "Send the mails that wait in the outbox, or pause and resume sending.", "mail", tenant=ALL),
        Command("worker", "Do the background's work: jobs, daily work, outgoing mail. ‘serve’ runs one by itself.", "working", tenant=ALL),
        Command("check", "Prove that the books are right: every invariant, with title, reason and seconds.", "checking", tenant=ONE),
        Command("shell", "Open a Python shell on the data, with the application's rights.", "shell", tenant=ONE),
        Command(
            "translations", "Collect the sentences of the sources, and list those without a translation.", "translations", django=False
        ),
        Command("docs", "Write the pages of docs/ that come from the code: the table of refusals.", "documenting"),
        Command("bench", "Measure the speed of this machine, each figure beside its floor.", "benching", django=False),
        Command("test", "Run every check and test. Installs what is missing.", "testing", django=False),
    ]
}


def overview() -> str:
    """What a stranger reads first."""
    width = max(map(len, COMMANDS))
    lines = [f"  {command.name:<{width}}  {command.summary}" for command in COMMANDS.values()]
    return "\n".join(
        [
            "Fondaco: ERP and CRM on one database.",
            "",
            "usage: ./fondaco COMMAND [options]",
            "",
            *lines,
            f"  {'help':<{width}}  Explain a command: ./fondaco help COMMAND",
            "",
            "The data lies in var/ beside this command, unless FONDACO_HOME names another folder. Fondaco brings its own database",
            "server; to use another one (PostgreSQL 15 or later), set DATABASE_URL=postgresql://user:password@host/database.",
        ]
    )
