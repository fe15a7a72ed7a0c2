"""Fetching one page over http(s), without letting a URL reach into the private network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import time
import zlib
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from streamdial.errors import SourceError

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
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
    """Fetch a page: at most 20 seconds, 10 MB and 5 redirects, no cookies, no proxy.

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
            told = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
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
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if not allow_private and (not ip.is_global or ip.is_multicast or (mapped is not None and not mapped.is_global)):
        raise SourceError(
            f"leads to {address}, which is not a public address.",
            fix="if the host is yours and meant, allow private addresses",
            where=host,
        )


def _connect(host: str, port: int, allow_private: bool, timeout: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _check_address(host, str(place[0]), allow_private)
    problem: OSError | None = None
    for family, kind, protocol, _, place in found:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(timeout)
        try:
            connection.connect(place)
        except OSError as error:
            connection.close()
            problem = error
        else:
            return connection
    raise problem or OSError("the host has no address")


def _request(url: str, allow_private: bool, deadline: float, known: Validators | None) -> Fetched | str:
    """Return the page, or where it redirects to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"only http and https URLs are fetched, not {parts.scheme or 'this'!r}.", where=url)
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    host = parts.hostname.encode("idna").decode("ascii") if not parts.hostname.isascii() else parts.hostname
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    maker = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = maker(host, port, timeout=remaining)
    # The one hook http.client has for a socket of one's own; TLS still checks the host's name.
    connection._create_connection = lambda *_: _connect(host, port, allow_private, remaining)  # type: ignore[attr-defined]
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
            return bytes(body)
        try:
            body += unpacker.decompress(chunk, MAX_BYTES + 1) if unpacker else chunk
        except zlib.error as error:
            raise SourceError("the packed answer is damaged.", where=url) from error
        if len(body) > MAX_BYTES:
            raise SourceError(f"is larger than {MAX_BYTES >> 20} MB.", where=url)
