"""A hub that lies: names of files that lead elsewhere, and contents that are not what their hashes say."""

import hashlib
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HostileHub:
    """Serves one repository, `evil/x`, under any path that the client asks for.

    Args:
        files: name -> content, as listed.
        forged: name -> content that is sent instead, under the hash of the listed one.
        commit: the commit that answers name.
        etag: the hash that is sent for every file; the right one where it is `None`.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        forged: Mapping[str, bytes] | None = None,
        commit: str = COMMIT,
        etag: str | None = None,
    ):
        self.files, self.forged, self.commit, self.etag = dict(files), dict(forged or {}), commit, etag
        hub = self

        class Handler(BaseHTTPRequestHandler):
            wbufsize = -1  # an answer in one packet: the client would be slow to acknowledge the first of two

            def do_GET(self) -> None:
                hub.answer(self, unquote(self.path.partition("?")[0]))

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, path: str) -> None:
        headers = {"X-Repo-Commit": self.commit, "Content-Type": "application/json"}
        status = 200
        if path.startswith("/api/models/evil/x/tree/"):
            body = json.dumps([self._entry(name) for name in self.files]).encode()
        elif path.startswith("/api/models/evil/x"):
            names = [{"rfilename": name} for name in self.files]
            body = json.dumps({"id": "evil/x", "sha": self.commit, "siblings": names}).encode()
        else:
            name = path.partition("/resolve/")[2].partition("/")[2]
            if name in self.files:
                body = self.forged.get(name, self.files[name])
                headers["ETag"] = f'"{self.etag or hashlib.sha256(self.files[name]).hexdigest()}"'
            else:
                body, status = b"{}", 404
                headers["X-Error-Code"] = "EntryNotFound"
        request.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(key, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def _entry(self, name: str) -> dict[str, object]:
        digest = hashlib.sha1(self.files[name]).hexdigest()
        return {"type": "file", "path": name, "oid": digest, "size": len(self.files[name])}
