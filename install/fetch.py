"""Print the page at a URL, asking this machine for it: `fetch.py URL`.

The name in the URL need not lead here yet, so the connection goes to nginx on the loopback address and the name into
the Host header.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

SECONDS = 10


def main(url: str) -> None:
    parts = urlsplit(url)
    connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=SECONDS)
    connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
    answer = connection.getresponse()
    print(answer.read().decode(), end="")
    if answer.status != 200:
        sys.exit(f" !     {url} answered {answer.status} {answer.reason}.")


if __name__ == "__main__":
    main(sys.argv[1])
