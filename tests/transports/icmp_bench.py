"""A network of its own for the ICMP tests: run inside `unshare --net`, prints what the client saw as JSON.

    python -m tests.transports.icmp_bench raw|ping asyncio|uvloop

A TUN device stands for the network 10.99.0.0/24; what answers there depends on the last number of the address.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import uvloop

from nms.transports.icmp import Echo, IcmpClient
from nms.transports.icmp_wire import _checksum as checksum

_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001


def ip_packet(source: str, target: str, payload: bytes) -> bytes:
    def header(check: int) -> bytes:
        addresses = socket.inet_aton(source) + socket.inet_aton(target)
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, 1, check) + addresses

    return header(checksum(header(0))) + payload


def icmp(kind: int, code: int, rest: bytes) -> bytes:
    body = rest if len(rest) % 2 == 0 else rest + b"\0"
    return struct.pack("!BBH", kind, code, checksum(struct.pack("!BBH", kind, code, 0) + body)) + rest


class Network:
    """Answers echoes to 10.99.0.x as x says."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._tun, _TUNSETIFF, struct.pack("16sH22x", b"bench0", _IFF_TUN_NO_PI))
        subprocess.run(["ip", "addr", "add", "10.99.0.254/24", "dev", "bench0"], check=True)
        subprocess.run(["ip", "link", "set", "bench0", "up"], check=True)
        self._loop = loop
        self._odd = False
        loop.add_reader(self._tun, self._read)

    def _read(self) -> None:
        while True:
            try:
                packet = os.read(self._tun, 4096)
            except BlockingIOError:
                return
            if packet[0] == 0x45 and packet[9] == 1 and packet[20] == 8:
                self._answer(packet)

    def _answer(self, request: bytes) -> None:
        target, source = socket.inet_ntoa(request[16:20]), socket.inet_ntoa(request[12:16])
        body = request[24:]
        reply = ip_packet(target, source, icmp(0, 0, body))
        identifier, sequence = struct.unpack("!HH", body[:4])
        match int(target.rpartition(".")[2]):
            case 1:
                self._send(reply)
            case 2:  # twice, thrice
                self._send(reply, reply, reply)
            case 3:  # somebody else answers
                self._send(ip_packet("10.99.0.77", source, icmp(0, 0, body)))
            case 4:  # an answer to another echo
                other = struct.pack("!HH", identifier, (sequence + 1000) & 0xFFFF) + body[4:]
                self._send(ip_packet(target, source, icmp(0, 0, other)))
            case 5:  # too late
                self._loop.call_later(0.4, self._send, reply)
            case 6:  # a router refuses, and quotes no more than it must
                quoted = b"\0\0\0\0" + request[:28]
                self._send(ip_packet("10.99.0.200", source, icmp(3, 1, quoted)))
            case 7:  # truncated, and with other contents
                self._send(ip_packet(target, source, icmp(0, 0, body[:4])))
                self._send(ip_packet(target, source, icmp(0, 0, body[:-1] + bytes([body[-1] ^ 1]))))
            case 8:  # noise that is not ICMP at all
                self._send(ip_packet(target, source, b""), ip_packet(target, source, b"\x00"))
            case 9:  # every other echo is lost
                self._odd = not self._odd
                self._send(*([reply] if self._odd else []))

    def _send(self, *packets: bytes) -> None:
        for packet in packets:
            os.write(self._tun, packet)


def prepare() -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "prohibit", "10.98.0.0/24"], check=True)
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 65534")


def become_nobody() -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


async def seen(mode: str) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    Network(loop)
    if mode == "ping":
        become_nobody()
    client = IcmpClient.open(privileged=mode == "raw")
    targets = [f"10.99.0.{n}" for n in range(1, 10)] + ["10.98.0.1", "127.0.0.1", "192.0.2.1"]
    start = loop.time()
    echoes: list[Echo] = await asyncio.gather(
        *(client.ping(target, count=4, interval=0.02, timeout=0.25) for target in targets)
    )
    took = loop.time() - start
    again = await client.ping("10.99.0.1", count=4, interval=0.02, timeout=0.25)
    client.close()
    return {"took": took, "again": asdict(again), **{echo.address: asdict(echo) for echo in echoes}}


if __name__ == "__main__":
    prepare()
    runner = uvloop.run if sys.argv[2] == "uvloop" else asyncio.run
    sys.stdout.write(json.dumps(runner(seen(sys.argv[1]))))
