"""Fetching one page over http(s), without letting a URL reach into the private network."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import threading
import time
import zlib
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from streamdial.errors import SourceError

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_AGENT = "Mozilla/5.0 (compatible; streamdial)"


class Validators(NamedTuple):
    """What tells one state of a page from another (RFC 9110, section 8.8); empty where the server says nothing."""

    etag: str = ""
    modified: str = ""


class Fetched(NamedTuple):
    """Body, the URL it came from after redirects, the character set the server named, and its validators."""

    body: bytes
    url: str
    charset: str | None
    validators: Validators = Validators()


class NotModifiedError(Exception):
    """A page is as it was when its validators were read."""


def fetch_page(url: str, *, allow_private: bool = False, known: Validators | None = None) -> Fetched:
    """Fetch a page: at most 20 seconds, connecting and headers included, 10 MB, 5 redirects, no cookies, no proxy.

    Every address, also of each redirect, is looked up once, checked, and the connection goes to the checked address,
    so a name cannot point elsewhere between check and use.

    Args:
        url: http or https URL.
        allow_private: Whether private, loopback and link-local addresses may be reached.
        known: Validators of the state that is known; the body comes only where the page has changed since.

    Raises:
        SourceError: If the URL is refused, cannot be fetched in time, is too large or no page.
        NotModifiedError: If validators were given and the page has not changed.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    target = url
    for _ in range(MAX_REDIRECTS + 1):
        try:
            answer = _request(target, allow_private, deadline, known)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= deadline
            told = "no answer in time" if late else str(error) or type(error).__name__
            raise SourceError(f"cannot be fetched: {told}.", where=url) from error
        if isinstance(answer, Fetched):
            return answer
        try:
            target = urljoin(target, answer)
        except ValueError as error:
            raise SourceError("redirects to no URL.", where=url) from error
    raise SourceError(f"redirects more than {MAX_REDIRECTS} times.", where=url)


def _check_address(host: str, address: str, allow_private: bool) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if not allow_private and not all(each.is_global and not each.is_multicast for each in (ip, *_list_inner(ip))):
        raise SourceError(
            f"leads to {address}, which is not a public address.",
            fix="if the host is yours and meant, allow private addresses",
            where=host,
        )


def _list_inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses an IPv6 one leads to: mapped, 6to4, IPv4-compatible, by NAT64 (RFC 6052, 8215)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    inner = [each for each in (ip.ipv4_mapped, ip.sixtofour) if each is not None]
    number, low = int(ip), int(ip) & 0xFFFFFFFF
    if number >> 32 == 0 or ip in _NAT64:
        inner.append(ipaddress.IPv4Address(low))
    if ip in _NAT64_LOCAL:
        # With a prefix of 48 bits the address stands around the eight bits 64 to 71, with one of 96 at the end.
        parted = (number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF
        inner += [ipaddress.IPv4Address(each) for each in (parted, low) if each]
    return inner


def _connect(host: str, port: int, allow_private: bool, deadline: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _check_address(host, str(place[0]), allow_private)
    problem: OSError | None = None
    for family, kind, protocol, _, place in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_find_remaining(deadline))
            connection.connect(place)
        except OSError as error:
            connection.close()
            problem = error
        else:
            return connection
    raise problem or OSError("the host has no address")


def _find_remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


class _Watch:
    """Breaks a connection at a time: a timeout of the socket begins anew with every byte that drips in."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._held: list[tuple[socket.socket, threading.Timer]] = []

    def add(self, connection: socket.socket) -> socket.socket:
        """Watch a connection and return it; TLS takes the socket over, so a second handle on it is kept."""
        handle = connection.dup()
        timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), _break_off, (handle,))
        timer.daemon = True
        timer.start()
        self._held.append((handle, timer))
        return connection

    def end(self) -> None:
        """Watch no longer."""
        for handle, timer in self._held:
            timer.cancel()
            timer.join()
            handle.close()


def _break_off(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _request(url: str, allow_private: bool, deadline: float, known: Validators | None) -> Fetched | str:
    """Return the page, or where it redirects to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"only http and https URLs are fetched, not {parts.scheme or 'this'!r}.", where=url)
    remaining = _find_remaining(deadline)
    host = parts.hostname.encode("idna").decode("ascii") if not parts.hostname.isascii() else parts.hostname
    if "%" in host:
        raise SourceError(f"names a zone of this machine, {host!r}.", where=url)
    host = host.removesuffix(".")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    maker = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = maker(host, port, timeout=remaining)
    # The one hook http.client has for a socket of one's own; TLS still checks the host's name.
    watch = _Watch(deadline)
    connection._create_connection = lambda *_: watch.add(_connect(host, port, allow_private, deadline))  # type: ignore[attr-defined]
    try:
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='=&%:/@!$()*+,;?~-._')}" if parts.query else ""
        headers = {"User-Agent": _AGENT, "Accept": "text/html,*/*;q=0.5", "Accept-Encoding": "identity"}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.modified:
            headers["If-Modified-Since"] = known.modified
        connection.request("GET", path + query, headers=headers)
        reply = connection.getresponse()
        if reply.status in (301, 302, 303, 307, 308) and (location := reply.getheader("Location")):
            return location
        if reply.status == 304 and known:
            raise NotModifiedError
        if reply.status != 200:
            raise SourceError(f"the server answered {reply.status} {reply.reason}.", where=url)
        kind = reply.getheader("Content-Type") or "text/html"
        if not any(word in kind.lower() for word in ("html", "xml", "text/plain")):
            raise SourceError(f"is {kind.partition(';')[0]!r}, not a page.", where=url)
        body = _read_body(reply, url, deadline)
        told = Validators(reply.getheader("ETag") or "", reply.getheader("Last-Modified") or "")
        return Fetched(body, url, reply.headers.get_content_charset(), told)
    finally:
        watch.end()
        connection.close()


def _read_body(reply: http.client.HTTPResponse, url: str, deadline: float) -> bytes:
    body = bytearray()
    packed = (reply.getheader("Content-Encoding") or "identity").lower() in ("gzip", "x-gzip")
    unpacker = zlib.decompressobj(31) if packed else None
    while True:
        if time.monotonic() > deadline:
            raise TimeoutError
        # read1 returns what has come, so a server that drips cannot hold the reader past the deadline.
        chunk = reply.read1(1 << 16)
        if not chunk:
            # At its end the watch breaks the connection, which reads like the end of the page.
            _find_remaining(deadline)
            return bytes(body)
        try:
            body += unpacker.decompress(chunk, MAX_BYTES + 1) if unpacker else chunk
        except zlib.error as error:
            raise SourceError("the packed answer is damaged.", where=url) from error
        if len(body) > MAX_BYTES:
            raise SourceError(f"is larger than {MAX_BYTES >> 20} MB.", where=url)
