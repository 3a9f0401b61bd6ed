"""Says hello with a library that pip has installed."""

import os
from wsgiref.simple_server import make_server

from markupsafe import escape


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(escape("Hello <Python>")).encode()]


make_server("", int(os.environ["PORT"]), app).serve_forever()
