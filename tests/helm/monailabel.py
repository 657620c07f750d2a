"""What answers in MONAI Label's place in a server in a pod, whose image has none."""

from __future__ import annotations

STAND_IN = """
import subprocess, sys, time
from maia_hub.monailabel.state import Folder, Known, Wish
from maia_hub.supervise import Identity

SERVER = '''
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"person": self.headers["X-Maia-Person"], "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w") as said:
    json.dump({"port": server.server_port, "device": "cpu", "untrained": []}, said)
server.serve_forever()
'''
folder = Folder("spleen")
nothing = subprocess.DEVNULL
with folder.alone():
    command = [sys.executable, "-c", SERVER, str(folder.root / "ready.json")]
    started = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    made = Identity.of(started.pid)
    folder.keep(Known(Wish("app", {}, "images"), made.pid, made.start_time, made.boot_id, "secret"))
while not folder.ready():
    time.sleep(0.1)
"""
"""What a server's Python runs: it starts one called ``spleen``, which tells who asked for what."""
