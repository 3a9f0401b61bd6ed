"""How nginx speaks TLS, for every app alike; touches nothing."""

from __future__ import annotations

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""For TLS 1.2: forward secrecy and authenticated encryption alone. Those of 1.3 are all so."""

LINES = (
    "ssl_protocols TLSv1.2 TLSv1.3;",
    f"ssl_ciphers {':'.join(CIPHERS)};",
    "ssl_prefer_server_ciphers off;",
    "ssl_session_cache shared:paas:20m;",
    "ssl_session_timeout 1d;",
    "ssl_session_tickets off;",
)
"""For every server block with ssl, refusals too: nginx goes by theirs before it knows the host name."""
