from __future__ import annotations

from paas_nginx import catchall

ALWAYS = ["[::]:80", "80"]


def site(*listens: str) -> str:
    lines = "".join(f"    listen {words};\n" for words in listens)
    return f"server {{\n{lines}    server_name shop.com;\n}}\n"


def listens(text: str) -> list[str]:
    return [line.strip().removeprefix("listen ").rstrip(";") for line in text.splitlines() if " listen " in line]


def test_unknown_names_are_refused_even_without_any_site() -> None:
    text = catchall.text([], ALWAYS)

    assert listens(text) == ["80 default_server", "[::]:80 default_server"]
    assert "return 444;" in text


def test_they_are_refused_wherever_sites_listen() -> None:
    text = catchall.text([site("80", "10.0.0.1:8080"), site("80")], ALWAYS)

    assert listens(text) == ["80 default_server", "[::]:80 default_server", "10.0.0.1:8080 default_server"]


def test_an_app_for_every_name_is_left_its_port() -> None:
    text = catchall.text([site("10000 default_server", "[::]:10000 default_server"), site("80")], ALWAYS)

    assert listens(text) == ["80 default_server", "[::]:80 default_server"]
    assert listens(catchall.text([site("80 default_server")], ["80"])) == []


def test_with_tls_the_handshake_is_refused() -> None:
    text = catchall.text([site("443 ssl http2")], ALWAYS)

    assert "443 default_server ssl http2" in listens(text)
    assert "ssl_reject_handshake on;" in text


def test_a_directive_of_the_main_configuration_is_not_said_twice() -> None:
    text = catchall.text([], ALWAYS, ["server_names_hash_max_size"])

    assert "server_names_hash_max_size" not in text
    assert "server_names_hash_bucket_size 512;" in text


def test_what_a_plugin_adds_is_not_mistaken_for_an_address() -> None:
    assert listens(catchall.text(["    # listen 81;\n    set $x 'listen 82;';\n"], [])) == []
