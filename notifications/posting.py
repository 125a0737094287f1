"""Posting over HTTP to an address that somebody typed: looked up once, connected to exactly there, never led elsewhere."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from engine.text import LocalizedText

SECONDS: Final = 10.0
"""For one post from beginning to end, whatever the other side does."""
LONGEST: Final = 64 * 1024
"""Bytes that are read of an answer."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadAddress(ValueError):
    """An address to which nothing is sent; ``words`` say why."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(str(words))
        self.words = words


NO_ADDRESS: Final = LocalizedText(
    "地址应以 https:// 开头，后接主机名", "an address begins with https:// and names a host"
)
NOT_SECURE: Final = LocalizedText("公网上只用 https://", "only https:// goes over the public network")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    body: bytes
    wait: int | None = None
    """Seconds after which the other side wants to be asked again."""


def networks(listed: str) -> tuple[Network, ...]:
    """The networks of a setting, apart by commas or spaces.

    Raises:
        ValueError: one is not a network.
    """
    return tuple(ipaddress.ip_network(part) for part in listed.replace(",", " ").split())


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    inside: Sequence[Network] = (),
    seconds: float | None = None,
) -> HttpAnswer:
    """Send once, within ``seconds`` instead of :data:`SECONDS`.

    ``inside`` are networks that the operator has listed although they are not public.

    Raises:
        BadAddress: the address is none, or leads where nothing may go.
        TimeoutError, OSError, httpx.HTTPError: nobody answered in time or in HTTP.
    """
    seconds = seconds or SECONDS
    async with asyncio.timeout(seconds):
        host, port = _place(url)
        address = await _address(host, port, secure=urlsplit(url).scheme == "https", inside=inside)
        there = httpx.URL(url).copy_with(host=address)
        named = {**headers, "Host": httpx.URL(url).netloc.decode()}
        options = {"sni_hostname": host}
        async with (
            httpx.AsyncClient(
                follow_redirects=False, trust_env=False, timeout=seconds, verify=_trust()
            ) as client,
            client.stream("POST", there, content=body, headers=named, extensions=options) as answer,
        ):
            return HttpAnswer(answer.status_code, await _beginning(answer), _wait(answer))


@cache
def _trust() -> ssl.SSLContext:
    """Made once: making it takes longer than a post."""
    return httpx.create_ssl_context(trust_env=False)


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as fault:
        raise BadAddress(NO_ADDRESS) from fault
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise BadAddress(NO_ADDRESS)
    return parts.hostname, port


async def _address(host: str, port: int, *, secure: bool, inside: Sequence[Network]) -> str:
    """The one numeric address to connect to; every one that the name leads to must be allowed."""
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = [ipaddress.ip_address(address[4][0]) for address in addresses]
    for number in numbers:
        listed = any(number in network for network in inside)
        if not listed and not _is_public(number):
            raise BadAddress(_not_public(host, number))
        if not listed and not secure:
            raise BadAddress(NOT_SECURE)
    return str(numbers[0])


def _not_public(host: str, number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> LocalizedText:
    return LocalizedText(
        f"{host} 指向 {number}，这不是公网地址，运维也没有允许它",
        f"{host} leads to {number}, which is not public and which the operator has not listed",
    )


def _is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """IPv6 addresses that carry an IPv4 address inside are judged by neither: nobody needs them here."""
    if isinstance(number, ipaddress.IPv6Address):
        wraps = number.ipv4_mapped or number.sixtofour or number.teredo or number in _NAT64
        if wraps:
            return False
    return number.is_global and not number.is_multicast


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


async def _beginning(answer: httpx.Response) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > LONGEST:
            break
    return content[:LONGEST]


def _wait(answer: httpx.Response) -> int | None:
    header = answer.headers.get("retry-after", "")
    return min(int(header), 3600) if header.isascii() and header.isdigit() and len(header) < 10 else None
