from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paas_nginx import catchall, listens
from paas_nginx.listens import Listen

ALWAYS = listens.of(["[::]:80", "80"])


def site(*where: str, names: str = "shop.com") -> str:
    lines = "".join(f"    listen {words};\n" for words in where)
    return f"server {{\n{lines}    server_name {names};\n}}\n"


def text(*sites: str, unserved: tuple[str, ...] = ()) -> str:
    return catchall.refusals({str(n): each for n, each in enumerate(sites)}, ALWAYS, lambda: unserved)


def listening(text: str) -> list[str]:
    return [line.strip().removeprefix("listen ").rstrip(";") for line in text.splitlines() if " listen " in line]


def reserved(text: str) -> dict[str, str]:
    """Where names are refused that have another app, or none that serves."""
    found = {}
    for server in listens.servers(text):
        for listen in server.listens - server.every:
            found[str(listen)] = " ".join(sorted(server.names))
    return found


def test_unknown_names_are_refused_even_without_any_site() -> None:
    assert listening(text()) == ["80 default_server", "[::]:80 default_server"]
    assert "return 444;" in text()


def test_they_are_refused_wherever_sites_listen() -> None:
    found = text(site("80", "10.0.0.1:8080"), site("80"))

    assert listening(found) == ["80 default_server", "[::]:80 default_server", "10.0.0.1:8080 default_server"]


def test_an_app_for_every_name_is_left_its_port() -> None:
    found = text(site("10000 default_server", "[::]:10000 default_server", names="_"), site("80"))

    assert listening(found) == ["80 default_server", "[::]:80 default_server"]
    assert listening(text(site("80 default_server", "[::]:80 default_server", names="_"))) == []


def test_with_tls_the_handshake_is_refused() -> None:
    found = text(site("443 ssl http2"))

    assert "443 ssl http2 default_server" in listening(found)
    assert "ssl_reject_handshake on;" in found
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in found, "nginx goes by the default server before it knows the name"


def test_a_directive_of_the_main_configuration_is_not_said_twice() -> None:
    found = catchall.common(["server_names_hash_max_size"])

    assert "server_names_hash_max_size" not in found
    assert "server_names_hash_bucket_size 512;" in found


def test_what_a_plugin_adds_is_not_mistaken_for_an_address() -> None:
    assert listening(text("server {\n    # listen 81;\n    set $x 'listen 82;';\n}\n")) == listening(text())


def test_a_wildcard_has_no_name_of_another_app_where_that_one_does_not_listen() -> None:
    wild = site("80", "443 ssl http2", names="*.company.com")

    assert reserved(text(wild, site("80", names="blog.company.com"))) == {"443 ssl http2": "blog.company.com"}
    assert reserved(text(wild, site("80", "443 ssl http2", names="blog.company.com"))) == {}
    assert reserved(text(wild, site("80", names="blog.other.com"))) == {}


def test_a_wildcard_has_its_own_names_everywhere() -> None:
    wild = site("80", "443 ssl http2", names="*.company.com")

    assert reserved(text(wild + site("80", names="www.company.com"))) == {}


def test_the_closest_wildcard_decides() -> None:
    far, near = site("80", "8080", names="*.company.com"), site("80", names="*.dev.company.com")

    assert reserved(text(far, near)) == {"8080": "*.dev.company.com"}
    assert reserved(text(far, site("80", "8080", names="*.dev.company.com"))) == {}


def test_a_name_that_no_site_serves_is_refused_where_a_wildcard_would_take_it() -> None:
    wild = site("80", names="*.company.com")

    assert reserved(text(wild, unserved=("blog.company.com", "blog.com"))) == {"80": "blog.company.com"}


def test_an_app_for_every_name_has_none_of_others() -> None:
    every = site("80 default_server", "[::]:80 default_server", names="_")

    found = reserved(text(every, site("443 ssl http2", names="shop.com"), unserved=("blog.com", "a b;")))

    assert found == {"80": "blog.com shop.com", "[::]:80": "blog.com shop.com"}


def test_a_port_of_its_own_is_the_name_of_an_app_without_a_domain() -> None:
    assert reserved(text(site("10000 default_server", names="_"), site("80", names="shop.com"))) == {}


LABELS = st.sampled_from(["a", "b", "c"])
NAMES = st.builds(
    lambda star, labels: star + ".".join([*labels, "test"]), st.sampled_from(["", "*."]), st.lists(LABELS, max_size=3)
)
WHERE = st.lists(st.sampled_from(["80", "443 ssl http2", "8080"]), min_size=1, unique=True)


def answering(sites: list[str], name: str, listen: Listen) -> int | None:
    """Which of some files answers for a name, by nginx's rules."""
    found: dict[str, int] = {}
    for number, each in enumerate(sites):
        for server in listens.servers(each):
            if listen in server.listens:
                found |= {claimed: number for claimed in server.names if claimed not in found}
    if name in found:
        return found[name]
    parts = name.split(".")
    wild = ("*." + ".".join(parts[n:]) for n in range(1, len(parts)))
    return next((found[each] for each in wild if each in found), None)


@given(st.lists(st.tuples(WHERE, NAMES), max_size=6, unique_by=lambda each: each[1]))
def test_no_name_is_ever_answered_by_another_app(made: list[tuple[list[str], str]]) -> None:
    sites = [site(*where, names=name) for where, name in made]
    refusals = text(*sites)

    for owner, (_, name) in enumerate(made):
        asked = name.replace("*", "x")
        if any(asked == other for _, other in made):
            continue
        for listen in {listen for each in sites for server in listens.servers(each) for listen in server.listens}:
            assert answering([*sites, refusals], asked, listen) in (owner, len(sites), None)


def test_what_speaks_otherwise_on_a_port_of_others_is_found() -> None:
    def clash(own: str, other: str) -> tuple[str, str] | None:
        found = catchall.conflict("own", {"own": site(own), "other": site(other)}, ALWAYS)
        return found and (found[0].speech, found[1].speech)

    assert clash("80", "80") is None
    assert clash("80 http2", "8080") == ("plain HTTP/2", "plain http")
    assert clash("443", "443 ssl http2") == ("plain http", "TLS")
    assert clash("50051 http2", "50051 http2") is None


def test_refusals_go_where_nginx_can_not_listen() -> None:
    found = text(site("80", "8080"), site("443 ssl http2"))

    less = catchall.without(found, listens.of(["8080", "443 ssl http2"]))

    assert listening(less) == ["80 default_server", "[::]:80 default_server"]
    assert "ssl_reject" not in less
