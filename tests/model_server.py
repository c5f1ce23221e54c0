"""A server that answers like a block behind AIOS, or like OpenAI's: it counts what it is asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ModelServer:
    """Give ``reply`` the text to answer, or the whole answer as a dict; ``silent`` waits."""

    def __init__(self, reply="", *, key="reply", status=200):
        self.reply, self.key, self.status = reply, key, status
        self.asked = []
        self.released = threading.Event()
        self.drips = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append((self.path, dict(self.headers), body))
                if server.reply is None:
                    server.released.wait(10)
                    return
                content = json.dumps(server.answer(self.path, body)).encode()
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if server.drips:
                    self.drip(content)
                    return
                self.wfile.write(content)

            def drip(self, content):
                for byte in content:
                    if server.released.wait(0.03):
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path, body):
        if isinstance(self.reply, dict):
            return self.reply
        if path.endswith("/chat/completions"):
            return {"choices": [{"message": {"role": "assistant", "content": self.reply}}]}
        echoed = {k: body[k] for k in ("model", "session_id", "seq_no")}
        return {**echoed, "data": {self.key: self.reply}, "ts": 1.5}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()
