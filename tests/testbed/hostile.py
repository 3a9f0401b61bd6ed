"""What someone may try who means harm to the other apps of a server: names, values, headers and whole sites."""

from __future__ import annotations

import random

PIECES = (
    ";", "}", "{", "} server {", "\n", "\r\n", "\t", "\\", "'", '"', "$host", "${host}", "#", "%0a", "\x00", "\x7f",
    "\u2028", "*", "_", "..", "../../etc/passwd", "/etc/shadow", "~^(.*)$", "include /etc/passwd;", "-x", "--help",
    "return 200 stolen;", "listen 80 default_server;", "steady.paas.test", "calm.paas.test", "*.paas.test", "`id`",
    "$(id)", "é", "💥", "a" * 300, "localhost", "127.0.0.1", "[::]", "0", "-1", "9" * 21, "off", "on", "1m", "10s",
)  # fmt: skip

KEYS = (
    "access-log-format", "access-log-path", "allow-template", "bind-address-ipv4", "bind-address-ipv6",
    "client-max-body-size", "error-log-path", "keepalive-timeout", "nginx-conf-sigil-path", "nginx-service-command",
    "proxy-buffer-size", "proxy-buffers", "proxy-read-timeout", "underscore-in-headers", "x-forwarded-for-value",
    "x-forwarded-ssl",
)  # fmt: skip

DIRECTIVES = (
    "include /etc/passwd;", "root /;", "alias /etc/;", "access_log /etc/cron.d/evil;", "error_log /etc/cron.d/evil;",
    "server_name steady.paas.test;", "server_name calm.paas.test *.paas.test;", "server_name ~^(.*)$;", "types { }",
    "listen 80 default_server;", "listen 80 reuseport;", "listen 443;", "proxy_pass http://127.0.0.1:1;", "add_header;",
    "load_module x.so;", "content_by_lua 'x';", "ssl_certificate /etc/ssl/private/x;", "return 200 ok", "}",
    "} server { listen 80; server_name steady.paas.test;", "proxy_read_timeout never;", "client_max_body_size;",
    "if ($host = x) { return 200 stolen; }", "proxy_cache_path /etc keys_zone=x:1m;", "limit_req zone=none;",
    "{{ 1 // 0 }}", "{% for a in range(99999) %}", "{{ ''.__class__ }}", "return 200 '{{ settings }}';", "deny all;",
    "set $paas_connection stolen;", "rewrite ^ /x last;",
)  # fmt: skip


class Evil:
    """An endless and repeatable supply."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def word(self) -> str:
        """Some text for a place that expects a name or a value; without NUL, which no command line can carry."""
        return "".join(self._random.choices(PIECES, k=self._random.randint(1, 4))).replace("\x00", "")

    def key(self) -> str:
        return self._random.choice(KEYS)

    def site(self) -> str:
        """A template: now and then one that nginx takes."""
        within = " ".join(self._random.choices(DIRECTIVES, k=self._random.randint(1, 3)))
        outside = self._random.choice(("", "", "", *DIRECTIVES))
        listens = (
            "{% for block in blocks %}{% for listen in block.listens %}listen {{ listen }};\n{% endfor %}{% endfor %}"
        )
        return f"{outside}\nserver {{\n{listens}\nserver_name evil.paas.test;\n{within}\n}}\n"

    def request(self) -> bytes:
        """What a client sends that isn't one: a first line and headers of any bytes."""
        host = self._random.choice((b"evil.paas.test", self._bytes(), b"evil.paas.test\r\nHost: steady.paas.test"))
        path = self._random.choice(
            (b"/", b"/" + self._bytes(), b"http://evil.paas.test/", b"//x", b"/../../etc/passwd")
        )
        more = b"".join(self._bytes() + b": " + self._bytes() + b"\r\n" for _ in range(self._random.randint(0, 3)))
        method = self._random.choice((b"GET", b"POST", b"PRI", b"CONNECT", b"\x16\x03\x01"))
        return method + b" " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + more + b"Connection: close\r\n\r\n"

    def _bytes(self) -> bytes:
        return "".join(self._random.choices(PIECES, k=2)).encode()
