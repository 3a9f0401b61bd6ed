"""Which directives a template of an app's own may use: those that concern nothing but the app's requests.

Root's permission lets the authors of an app choose among these. What would reach further isn't permitted by
anyone: files of the server, code, names and ports of other apps, and what nginx keeps for all sites.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from paas import InvalidValue

from .conf import Directive

TOP = frozenset(["server", "upstream", "map", "split_clients", "limit_req_zone", "limit_conn_zone"])
BLOCKS = frozenset(["server", "upstream", "map", "split_clients", "location", "if", "limit_except"])
FREE_TEXT = frozenset(["map", "split_clients"])
"""Blocks whose lines are values and not directives."""

_PLAIN = """
    absolute_redirect add_header allow auth_request auth_request_set break charset chunked_transfer_encoding
    client_body_buffer_size client_body_timeout client_header_buffer_size client_header_timeout client_max_body_size
    default_type deny error_page etag expires gzip gzip_buffers gzip_comp_level gzip_disable gzip_http_version
    gzip_min_length gzip_proxied gzip_types gzip_vary hash http2 if_modified_since ignore_invalid_headers internal
    ip_hash keepalive keepalive_disable keepalive_requests keepalive_time keepalive_timeout large_client_header_buffers
    least_conn limit_conn limit_conn_dry_run limit_conn_log_level limit_conn_status limit_rate limit_rate_after
    limit_req limit_req_dry_run limit_req_log_level limit_req_status lingering_close lingering_time lingering_timeout
    log_not_found max_ranges merge_slashes port_in_redirect random real_ip_header real_ip_recursive
    recursive_error_pages reset_timedout_connection return rewrite satisfy send_timeout server_name_in_redirect
    server_tokens set set_real_ip_from ssl_ciphers ssl_prefer_server_ciphers ssl_protocols ssl_session_tickets
    ssl_session_timeout sub_filter sub_filter_last_modified sub_filter_once sub_filter_types tcp_nodelay
    underscores_in_headers
    proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_connect_timeout proxy_cookie_domain
    proxy_cookie_flags proxy_cookie_path proxy_force_ranges proxy_hide_header proxy_http_version
    proxy_ignore_client_abort proxy_ignore_headers proxy_intercept_errors proxy_limit_rate proxy_method
    proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_pass_header
    proxy_pass_request_body proxy_pass_request_headers proxy_read_timeout proxy_redirect proxy_request_buffering
    proxy_send_timeout proxy_set_body proxy_set_header proxy_socket_keepalive
    grpc_buffer_size grpc_connect_timeout grpc_hide_header grpc_ignore_headers grpc_intercept_errors
    grpc_next_upstream grpc_next_upstream_timeout grpc_next_upstream_tries grpc_pass_header grpc_read_timeout
    grpc_send_timeout grpc_set_header grpc_socket_keepalive
"""
PLAIN = frozenset(_PLAIN.split())
ZONE = re.compile(r"zone=([a-z0-9_]+):([0-9]{1,5}k|[1-9]m|1[0-6]m)")
LEVELS = ("info", "notice", "warn", "error", "crit", "alert", "emerg")


@dataclass(frozen=True)
class Place:
    """What of the server is the app's own.

    Attributes:
        prefix: How names begin that nginx shares between sites: upstreams, variables and zones.
        listens: What may stand after `listen`.
        names: Its host names.
        addresses: Of its processes, as they stand in a URL.
        logs: Kind to path; None for no log.
        certificates: Paths of its certificates, and of their keys.
    """

    prefix: str
    listens: Collection[str]
    names: Collection[str]
    addresses: Collection[str]
    logs: Mapping[str, str | None]
    certificates: tuple[Collection[str], Collection[str]]


def check(directives: Sequence[Directive], place: Place) -> None:
    """See that a site keeps to its place.

    Raises:
        InvalidValue: A directive doesn't, with its line.
    """
    upstreams = {d.values[0] for d in directives if d.name == "upstream" and d.values}
    for directive in directives:
        if directive.name not in TOP:
            raise _refused(directive, f"only {', '.join(sorted(TOP))} may stand outside of a server block")
        if directive.name == "server" and not any(d.name == "listen" for d in directive.block or ()):
            raise _refused(directive, "it has no listen")
    _check(directives, place, upstreams, inside="")


def _check(directives: Sequence[Directive], place: Place, upstreams: Collection[str], inside: str) -> None:
    for directive in directives:
        if any("\n" in word or "\r" in word for word in directive.words):
            raise _refused(directive, "a word of it is longer than a line")
        if inside in FREE_TEXT:
            _check_value(directive)
            continue
        _check_one(directive, place, upstreams, inside)
        if directive.block is not None:
            if directive.name not in BLOCKS:
                raise _refused(directive, "it takes no block")
            _check(directive.block, place, upstreams, directive.name)


def _check_value(directive: Directive) -> None:
    """A line of a map: nginx would read files for some of its words."""
    if directive.name in ("include",) or directive.block is not None:
        raise _refused(directive, "it may not read files")


def _check_one(directive: Directive, place: Place, upstreams: Collection[str], inside: str) -> None:
    name = directive.name
    if inside == "upstream" and name == "server":
        return _upstream_server(directive, place)
    if inside and name in TOP:
        raise _refused(directive, "it may only stand outside of all blocks")
    if rule := RULES.get(name):
        return rule(directive, place)
    if name in ("proxy_pass", "grpc_pass"):
        return _passes(directive, upstreams)
    if name not in PLAIN | BLOCKS:
        raise _refused(directive, "it is not among those that a template may use")


def _listen(directive: Directive, place: Place) -> None:
    if " ".join(directive.values) not in place.listens:
        raise _refused(directive, f"this app may only listen as in {', '.join(sorted(place.listens))}")


def _server_name(directive: Directive, place: Place) -> None:
    for name in directive.values:
        if name not in place.names and name != "_":
            raise _refused(directive, f"{name} is not a domain of this app; it has {', '.join(place.names) or 'none'}")


def _log(kind: str) -> Callable[[Directive, Place], None]:
    def check(directive: Directive, place: Place) -> None:
        path, *rest = directive.values or [""]
        allowed = {place.logs[kind] or "/dev/null", "/dev/null", *(["off"] if kind == "access" else [])}
        word = re.compile(r"[A-Za-z0-9_]+") if kind == "access" else re.compile("|".join(LEVELS))
        if path not in allowed or len(rest) > 1 or not all(word.fullmatch(each) for each in rest):
            raise _refused(directive, f"nginx opens logs as root; it may name {', '.join(sorted(allowed))}")

    return check


def _certificate(index: int) -> Callable[[Directive, Place], None]:
    def check(directive: Directive, place: Place) -> None:
        if len(directive.values) != 1 or directive.values[0] not in place.certificates[index]:
            raise _refused(directive, "it may name nothing but a certificate of this app")

    return check


def _session_cache(directive: Directive, place: Place) -> None:
    if directive.values not in (["shared:paas:20m"], ["off"], ["none"]):
        raise _refused(directive, "it may be shared:paas:20m, off or none")


def _named(directive: Directive, place: Place) -> None:
    """A name that all sites share."""
    own = directive.values[-1].removeprefix("$") if directive.values else ""
    if not re.fullmatch(rf"{place.prefix}[a-z0-9_]+", own):
        raise _refused(directive, f"the name must begin with {place.prefix}, since all sites share such names")


def _zoned(directive: Directive, place: Place) -> None:
    zones = [value for value in directive.values if value.startswith("zone=")]
    found = [ZONE.fullmatch(zone) for zone in zones]
    if not found or not all(zone and zone[1].startswith(place.prefix) for zone in found):
        raise _refused(directive, f"its zone must be zone={place.prefix}NAME:SIZE, of 16m at most")


def _upstream_server(directive: Directive, place: Place) -> None:
    """Only addresses: nginx would look a name up each time that it starts, for all apps to wait for."""
    target = directive.values[0] if directive.values else ""
    address = target.rpartition(":")[0] if re.search(r":[0-9]+$", target) else target
    if address not in place.addresses:
        raise _refused(directive, "requests may only go to the processes of this app; use servers")


def _passes(directive: Directive, upstreams: Collection[str]) -> None:
    target = directive.values[0] if len(directive.values) == 1 else ""
    found = re.match(r"(https?|grpcs?)://([A-Za-z0-9_.-]+)(/|$)", target)
    if not found or found[2] not in upstreams:
        raise _refused(directive, f"it may name an upstream of this file: {', '.join(sorted(upstreams)) or 'none yet'}")


RULES: Mapping[str, Callable[[Directive, Place], None]] = {
    "listen": _listen,
    "server_name": _server_name,
    "access_log": _log("access"),
    "error_log": _log("error"),
    "ssl_certificate": _certificate(0),
    "ssl_certificate_key": _certificate(1),
    "ssl_session_cache": _session_cache,
    "upstream": _named,
    "map": _named,
    "split_clients": _named,
    "limit_req_zone": _zoned,
    "limit_conn_zone": _zoned,
}


def _refused(directive: Directive, why: str) -> InvalidValue:
    head = " ".join(directive.words)[:60]
    return InvalidValue(f"Line {directive.line} of the site, {head!r}: {why}.", hint="See the README of paas-nginx.")
