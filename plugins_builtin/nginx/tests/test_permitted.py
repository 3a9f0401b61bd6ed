from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import InvalidValue
from paas_nginx import conf, listens, permitted
from paas_nginx.permitted import Place

PLACE = Place(
    prefix="app7_",
    listens=["80", "[::]:80", "443 ssl http2"],
    names=["shop.com", "*.shop.com"],
    addresses=["172.30.0.2"],
    logs={"access": "/var/log/nginx/shop-access.log", "error": None},
    certificates=(["/certs/shop.pem"], ["/certs/shop.key"]),
)


def check(text: str, place: Place = PLACE) -> None:
    permitted.check(conf.parse(text), place)


def within(text: str, place: Place = PLACE) -> None:
    check(f"upstream app7_web {{ server 172.30.0.2:5000; }} server {{ listen 80; {text} }}", place)


@pytest.mark.parametrize(
    "text",
    [
        "server_name shop.com *.shop.com _;",
        "location / { proxy_pass http://app7_web; proxy_set_header Host $http_host; }",
        "location /a { proxy_pass http://app7_web/b; limit_req zone=app7_slow burst=5; }",
        "if ($request_method = POST) { return 405; }",
        "access_log /var/log/nginx/shop-access.log combined; error_log /dev/null crit;",
        "access_log off;",
        "ssl_certificate /certs/shop.pem; ssl_certificate_key /certs/shop.key; ssl_session_cache shared:paas:20m;",
        "add_header X-Frame-Options DENY always; gzip on; client_max_body_size 20m;",
        "listen 443 ssl http2;",
    ],
)
def test_what_concerns_the_apps_own_requests_is_permitted(text: str) -> None:
    within(text)


@pytest.mark.parametrize(
    "text",
    [
        "include /etc/shadow;",
        "'include' /etc/shadow;",
        "root /etc;",
        "alias /etc/;",
        "listen 8080;",
        "listen 80 reuseport;",
        "listen 80 default_server;",
        "listen unix:/run/x;",
        "server_name blog.com;",
        "server_name ~^(.*)$;",
        "access_log /etc/cron.d/x;",
        "access_log /var/log/nginx/blog-access.log;",
        "access_log /var/log/nginx/shop-access.log combined if=$x;",
        "access_log syslog:server=192.0.2.1;",
        "access_log;",
        "error_log /etc/cron.d/x;",
        "error_log stderr;",
        "location / { error_log /etc/cron.d/x; }",
        "ssl_certificate /etc/ssl/private/other.pem;",
        "ssl_certificate_key data:x;",
        "ssl_session_cache shared:paas:10g;",
        "ssl_password_file /etc/shadow;",
        "proxy_ssl_certificate /etc/x;",
        "proxy_store /etc/x;",
        "proxy_temp_path /etc;",
        "proxy_cache paas;",
        "client_body_temp_path /etc;",
        "auth_basic_user_file /etc/shadow;",
        "location / { proxy_pass http://127.0.0.1:2375; }",
        "location / { proxy_pass http://$host; }",
        "location / { proxy_pass http://unix:/run/docker.sock; }",
        "location / { proxy_pass http://app8_web; }",
        "location / { proxy_pass http://app7_web$uri; }",
        "location / { fastcgi_pass 127.0.0.1:9000; }",
        "content_by_lua 'os.execute(1)';",
        "content_by_lua_block { os.execute(1); }",
        "perl 'x';",
        "js_content x;",
        "stub_status;",
        "resolver 192.0.2.1;",
        "mirror /x;",
        "return 200 'a\nlisten 81 default_server;\n';",
        "gzip { on; }",
        "server { listen 80; }",
    ],
)
def test_what_reaches_further_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"Line \d of the site"):
        within(text)


@pytest.mark.parametrize(
    "text",
    [
        "load_module x.so;",
        "include /etc/shadow;",
        "access_log off;",
        "deny all;",
        "user root;",
        "lua_shared_dict x 1m;",
        "proxy_cache_path /etc keys_zone=x:1m;",
        "server { server_name shop.com; }",
        "upstream other { server 172.30.0.2; }",
        "upstream app8_x { server 172.30.0.2; }",
        "upstream app7_x { server 172.30.0.3:5000; }",
        "upstream app7_x { server example.com; }",
        "upstream app7_x { server unix:/run/docker.sock; }",
        "upstream app7_x { zone shared 1m; }",
        "map $uri $paas_connection { default x; }",
        "map $uri $app7_x { include /etc/shadow; }",
        "map $uri $app7_x { 'include' /etc/shadow; }",
        "limit_req_zone $uri zone=slow:1m rate=1r/s;",
        "limit_req_zone $uri zone=app7_slow:10g rate=1r/s;",
        "log_format main x;",
        "types { }",
    ],
)
def test_what_all_sites_share_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Line 1 of the site"):
        check(text)


def test_names_of_its_own_may_be_shared_out() -> None:
    check("map $uri $app7_x { default a; ~^/b$ b; }\nlimit_req_zone $uri zone=app7_slow:1m rate=1r/s;")
    check("upstream app7_web { server 172.30.0.2:5000 weight=2; keepalive 8; least_conn; }")
    check("upstream app7_web { server [fd00::2]:5000; }", replace(PLACE, addresses=["[fd00::2]"]))


PIECES = """
listen 80;|listen 81;|server_name shop.com;|server_name blog.com;|include /etc/passwd;|root /;|}|{|server {|
location / {|if ($a) {|map $uri $app7_x {|map $uri $x {|upstream app7_web {|return 200 'a;b';|server 172.30.0.2;|
server 172.30.0.3;|default a;|proxy_pass http://app7_web;|access_log /etc/x;|access_log off;|'|"|#|\\|include|server|;|
'include' /etc/passwd;|gzip on;
""".replace("\n", "").split("|")


@given(st.sampled_from(["{}", "server {{ listen 80; {} }}"]), st.lists(st.sampled_from(PIECES), max_size=8))
def test_whatever_passes_keeps_to_the_place_of_the_app(around: str, pieces: list[str]) -> None:
    try:
        directives = conf.parse(around.format(" ".join(pieces)))
        permitted.check(directives, PLACE)
    except InvalidValue:
        return

    written = "\n".join(conf.text(directives))
    for server in listens.servers(written):
        assert {str(listen) for listen in server.listens} <= {"80"}
        assert server.listens
        assert server.names <= {"shop.com"}
    for word in ("/etc/", "root /", "172.30.0.3", "$x"):
        assert not [line for line in written.splitlines() if word in line and "return" not in line]
