"""What a password must be: long enough, not the name itself, not one of the few that everybody tries first."""

from django.utils.translation import gettext as _

SHORTEST, LONGEST = 12, 1000
#: Words that make up most guessed passwords of this length; what remains of a password without them must still be long.
COMMON = ("password", "passwort", "fondaco", "qwertyuiop", "qwerty", "1234567890", "123456789", "12345678", "123456", "administrator", "admin", "letmein", "welcome", "benvenuto", "abc123")  # fmt: skip
#: Without its common words a password keeps at least so many different characters.
VARIETY = 5


def password_problem(password: str, *, username: str = "", name: str = "", email: str = "") -> str:
    """What is wrong with a new password, in a sentence; empty when nothing is. Length counts, not kinds of characters (NIST SP 800-63B)."""
    if len(password) < SHORTEST:
        return _("Take at least {count} characters. Three or four words with blanks are easy to remember.").format(count=SHORTEST)
    if len(password) > LONGEST:
        return _("Take at most {count} characters.").format(count=LONGEST)
    rest = password.casefold()
    if any(word and word.casefold() in rest and len(word) * 2 > len(rest) for word in (username, name, email, email.partition("@")[0])):
        return _("The password is nearly your own name. Take words that others do not guess.")
    for word in COMMON:
        rest = rest.replace(word, "")
    if len(set(rest)) < VARIETY:
        return _("The password is one of those that are tried first. Take words that others do not guess.")
    return ""


def new_password_problems(password: str, again: str, **about: str) -> dict[str, str]:
    """What is wrong with a new password that was typed twice, by field."""
    problem = password_problem(password, **about)
    if problem:
        return {"password": problem}
    return {} if password == again else {"again": _("The two passwords differ. Type both again.")}
