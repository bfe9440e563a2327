import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, pause):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.end_headers()
        for _ in range(2):
            time.sleep(pause)
            self.wfile.write(b"line\n")
            self.wfile.flush()

    def do_GET(self):
        self.answer(0 if self.path == "/version" else 2)

    def do_POST(self):
        self.answer(2)


def start():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
