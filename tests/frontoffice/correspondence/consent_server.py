"""An authorization server for the tests, as a process of its own (RFC 6749, RFC 7636): whoever comes to ``/authorize`` has consented.

Codes are good once, with the verifier, client and address they were asked with; refresh tokens are good once and give the next one. The access
token of the last answer lies in ``<home>/token``, where the mail server looks; with ``<home>/withdrawn`` the grant is gone; ``<home>/lives`` says
for how many seconds access lasts, ``<home>/broken`` makes it answer with nonsense. What was asked stands in ``<home>/asked``, a line each.
"""

import base64
import hashlib
import http.server
import json
import secrets
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "house", "a secret of the house"


class Authority(http.server.BaseHTTPRequestHandler):
    home: Path
    codes: dict = {}
    refreshing: set = set()

    def log_message(self, *_given):
        pass

    def do_GET(self):
        asked = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")
        self.end_headers()

    def do_POST(self):
        given = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        with (self.home / "asked").open("a") as file:
            file.write(given["grant_type"] + "\n")
        if (self.home / "broken").exists():
            self.send_response(502)
            self.end_headers()
            self.wfile.write(b"<html>bad gateway")
            return
        status, answer = self.answer(given)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def answer(self, given):
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if given["grant_type"] == "authorization_code":
            asked = self.codes.pop(given["code"], None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode().rstrip("=")
            good = asked and (asked["redirect_uri"], asked["code_challenge"], asked["code_challenge_method"]) == (
                given["redirect_uri"],
                proof,
                "S256",
            )
        else:
            good = given["refresh_token"] in self.refreshing and not (self.home / "withdrawn").exists()
            self.refreshing.discard(given["refresh_token"])
        if not good:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        access, refresh = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
        self.refreshing.add(refresh)
        (self.home / "token").write_text(access)
        lives = self.home / "lives"
        return 200, {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": int(lives.read_text()) if lives.exists() else 3600,
            "token_type": "Bearer",
        }


def main(home):
    Authority.home = Path(home)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()  # until whoever started it goes


if __name__ == "__main__":
    main(sys.argv[1])
