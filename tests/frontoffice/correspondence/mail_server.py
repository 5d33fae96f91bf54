"""A mail server for the tests, as a process of its own: IMAP (the part of RFC 3501 that reading needs) and SMTP over real sockets.

Its mails lie in a folder: ``<home>/<folder>/<uid>.eml`` and ``<home>/<folder>/validity``. ``<home>/faults.json`` is read before each
answer and says how it misbehaves: ``cut_after`` so many mails of a FETCH, ``pause_after`` them for ``pause`` seconds, ``cut_inside`` a
literal, ``no_answer`` to anything, ``nonsense``, ``endless`` literals, ``trickle``, ``nil_for`` a UID. What SMTP takes lies in ``<home>/smtp``. The token that XOAUTH2 takes lies in ``<home>/token``.
"""

import base64
import contextlib
import json
import re
import socketserver
import ssl
import sys
import threading
import time
from pathlib import Path

USER, PASSWORD = "anna@house.example", "open sesame"
DAY = "01-Jan-2026"


def is_token(home, said):
    """Whether SASL XOAUTH2 names our user and the token that lies in ``<home>/token``."""
    good = home / "token"
    wanted = f"user={USER}\x01auth=Bearer {good.read_text() if good.exists() else ''}\x01\x01"
    return good.exists() and base64.b64decode(said.strip()) == wanted.encode()


class Imap(socketserver.StreamRequestHandler):
    home: Path
    context: ssl.SSLContext | None = None

    def setup(self):
        if self.context is not None:
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    @property
    def faults(self):
        try:
            return json.loads((self.home / "faults.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def say(self, text):
        self.wfile.write(text if isinstance(text, bytes) else f"{text}\r\n".encode())
        self.wfile.flush()

    def handle(self):
        with contextlib.suppress(ConnectionError, ssl.SSLError, ValueError):
            if "nonsense" in self.faults:
                self.say("HTTP/1.1 200 OK\r\n\r\nhello")
                return
            if "trickle" in self.faults:
                while True:
                    self.say(b"* OK")
                    time.sleep(0.2)
            self.say("* OK IMAP4rev1 ready")
            self.folder = None
            while line := self.rfile.readline():
                if "no_answer" in self.faults:
                    time.sleep(60)
                tag, _space, command = line.decode().rstrip("\r\n").partition(" ")
                if not self.answer(tag, command):
                    return

    def answer(self, tag, command):
        verb, _space, rest = command.partition(" ")
        verb = verb.upper()
        if verb == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1 SPECIAL-USE")
        elif verb == "LOGIN":
            if re.findall(r'"([^"]*)"', rest) != [USER, PASSWORD]:
                self.say(f"{tag} NO [AUTHENTICATIONFAILED] wrong password")
                return True
        elif verb == "AUTHENTICATE" and rest.upper() == "XOAUTH2":
            self.say("+ ")
            if not is_token(self.home, self.rfile.readline()):
                self.say("+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode())
                answered = self.rfile.readline()
                self.say(f"{tag} NO [AUTHENTICATIONFAILED] invalid credentials" if answered == b"\r\n" else f"{tag} BAD not empty")
                return True
        elif verb == "LIST":
            for folder in sorted(p.name for p in self.home.iterdir() if p.is_dir() and p.name != "smtp"):
                flag = "\\Sent" if folder == "Sent" else ""
                self.say(f'* LIST (\\HasNoChildren {flag}) "/" "{folder}"')
        elif verb in ("SELECT", "EXAMINE"):
            name = rest.split(" (")[0].strip('"')
            if not (self.home / name).is_dir():
                self.say(f"{tag} NO no such folder")
                return True
            self.folder = self.home / name
            self.say(f"* {len(self.uids())} EXISTS")
            self.say(f"* OK [UIDVALIDITY {(self.folder / 'validity').read_text()}] generation")
            self.say(f"{tag} OK [READ-ONLY] done")
            return True
        elif verb == "UID":
            return self.uid(tag, rest)
        elif verb == "LOGOUT":
            self.say("* BYE")
            self.say(f"{tag} OK bye")
            return False
        else:
            self.say(f"{tag} BAD {verb}")
            return True
        self.say(f"{tag} OK done")
        return True

    def uids(self):
        return sorted(int(p.stem) for p in self.folder.glob("*.eml"))

    def uid(self, tag, rest):
        verb, _space, rest = rest.partition(" ")
        there = self.uids()
        if verb.upper() == "SEARCH":
            found = re.search(r"UID (\d+):\*", rest)
            if found:
                # As RFC 3501 has it: "n:*" names the last one even where it is smaller.
                there = [u for u in there if u >= int(found.group(1))] or there[-1:]
            self.say("* SEARCH " + " ".join(map(str, there)))
        else:
            asked, _space, parts = rest.partition(" ")
            wanted = [int(u) for u in asked.split(",") if int(u) in there]
            if not self.fetch(wanted, parts):
                return False
        self.say(f"{tag} OK done")
        return True

    def fetch(self, wanted, parts):
        faults = self.faults
        for number, uid in enumerate(wanted, start=1):
            raw = (self.folder / f"{uid}.eml").read_bytes()
            size = faults.get("sizes", {}).get(str(uid), len(raw))
            if "BODY" not in parts:
                self.say(f"* {number} FETCH (UID {uid} RFC822.SIZE {size})")
                continue
            if faults.get("nil_for") == uid:
                self.say(f"* {number} FETCH (UID {uid} BODY[] NIL)")
                continue
            if "endless" in faults:
                self.say(b"* 1 FETCH (UID %d BODY[] {999999999999}\r\n" % uid)
                while True:
                    self.say(b"x" * 65536)
            # Once with the number before the content, once behind it: both are allowed.
            before, behind = (f"UID {uid} ", "") if uid % 2 else ("", f" UID {uid}")
            self.say(f"* {number} FETCH ({before}BODY[] {{{len(raw)}}}".encode() + b"\r\n")
            if faults.get("cut_inside") == number:
                self.say(raw[: len(raw) // 2])
                return False
            self.say(raw + f"{behind})\r\n".encode())
            if faults.get("cut_after") == number:
                return False
            if faults.get("pause_after") == number:
                (self.home / "paused").touch()
                time.sleep(faults["pause"])
        return True


class Smtp(socketserver.StreamRequestHandler):
    home: Path

    def handle(self):
        def say(text):
            self.wfile.write(f"{text}\r\n".encode())

        say("220 test")
        while line := self.rfile.readline():
            verb = line.decode().split()[0].upper()
            if verb == "EHLO":
                say("250-test\r\n250 AUTH PLAIN LOGIN XOAUTH2")
            elif verb == "AUTH" and "XOAUTH2" in line.decode().upper():
                if is_token(self.home, line.split()[-1]):
                    say("235 welcome")
                else:
                    say("334 " + base64.b64encode(b'{"status":"400"}').decode())
                    say("535 5.7.8 refused" if self.rfile.readline() == b"\r\n" else "501 not empty")
            elif verb == "AUTH":
                say("235 welcome")
            elif verb == "DATA":
                say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part[1:] if part.startswith(b"..") else part)
                folder = self.home / "smtp"
                (folder / f"{len(list(folder.glob('*.eml'))):04}.eml").write_bytes(b"".join(lines))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def main(home, certificate=""):
    Imap.home = Smtp.home = Path(home)
    if certificate:
        Imap.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        Imap.context.load_cert_chain(certificate)
    imap, smtp = Server(("127.0.0.1", 0), Imap), Server(("127.0.0.1", 0), Smtp)
    threading.Thread(target=smtp.serve_forever, daemon=True).start()
    sys.stdout.write(f"{imap.server_address[1]} {smtp.server_address[1]}\n")
    sys.stdout.flush()
    threading.Thread(target=imap.serve_forever, daemon=True).start()
    sys.stdin.read()  # until whoever started it goes


if __name__ == "__main__":
    main(*sys.argv[1:])
