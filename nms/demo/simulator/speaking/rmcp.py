"""IPMI 2.0 over RMCP+ as a management controller speaks it: sessions, keys, encrypted payloads.

Source: IPMI 2.0 sections 13.6 to 13.32 (formats, RAKP), cipher suites 3 (SHA1) and 17 (SHA256), both with AES-CBC-128.
What is inside a session is `controller`; what is no such packet gets no answer.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nms.demo.simulator.speaking import controller
from nms.demo.simulator.speaking.scene import Datagram, Scene

_RMCP = b"\x06\x00\xff\x07"
_OPEN, _OPENED, _RAKP1, _RAKP2, _RAKP3, _RAKP4 = range(0x10, 0x16)
_IPMI, _BOTH = 0x00, 0xC0
_HASHES = {1: "sha1", 3: "sha256"}
_CUT = {1: 12, 3: 16}
"""Bytes that are left of a digest in a packet, by the algorithm of the log-in."""
_WRONG_NAME, _WRONG_DIGEST, _NO_SUITE = 0x0D, 0x0F, 0x11
_MOST_SESSIONS = 16


@dataclass(slots=True)
class _Session:
    """Identities as they cross the wire, little-endian."""

    console: bytes
    own: bytes
    algorithm: int
    console_random: bytes = b""
    random: bytes = b""
    role_and_name: bytes = b""
    integrity_key: bytes = b""
    cipher_key: bytes = b""
    sent: int = 0


@dataclass(slots=True)
class _Controller:
    """The sessions of one controller, the oldest forgotten first."""

    scene: Scene
    user: str
    guid: bytes
    sessions: OrderedDict[bytes, _Session]
    made: int = 0

    def digest(self, session: _Session, key: bytes, *parts: bytes) -> bytes:
        return hmac.new(key, b"".join(parts), getattr(hashlib, _HASHES[session.algorithm])).digest()

    @property
    def password(self) -> bytes:
        return self.scene.secret.encode()[:20].ljust(20, b"\0")

    def answer(self, packet: bytes) -> bytes | None:
        if self.scene.fails or not packet.startswith(_RMCP) or len(packet) < 10:
            return None
        try:
            return self._without_session(packet) if packet[4] == 0 else self._lan_plus(packet)
        except (IndexError, ValueError, struct.error):
            return None

    def _without_session(self, packet: bytes) -> bytes | None:
        """Questions of IPMI 1.5 before a log-in: what the channel can do."""
        found = controller.answered(self.scene, packet[14 : 14 + packet[13]])
        return None if found is None else _RMCP + bytes(9) + bytes((len(found),)) + found

    def _lan_plus(self, packet: bytes) -> bytes | None:
        kind, size = packet[5], struct.unpack_from("<H", packet, 14)[0]
        payload = packet[16 : 16 + size]
        if kind == _IPMI:
            found = controller.answered(self.scene, payload)
            return None if found is None else _plain(_IPMI, found)
        if kind == _BOTH:
            return self._inside(packet, payload)
        step = {_OPEN: self._open, _RAKP1: self._first, _RAKP3: self._third}.get(kind)
        return _plain(kind + 1, step(payload)) if step else None

    def _open(self, payload: bytes) -> bytes:
        algorithm = payload[12]
        if algorithm not in _HASHES:
            return payload[:1] + bytes((_NO_SUITE,)) + bytes(2) + payload[4:8]
        self.made += 1
        session = _Session(payload[4:8], struct.pack("<I", 0x1000 + self.made), algorithm)
        self.sessions[session.own] = session
        if len(self.sessions) > _MOST_SESSIONS:
            self.sessions.popitem(last=False)
        return payload[:1] + b"\0" + b"\x04\0" + session.console + session.own + payload[8:32]

    def _first(self, payload: bytes) -> bytes:
        """RAKP 1: whoever asks shows a random number and a name; the answer proves that we know the password."""
        session = self.sessions.get(payload[4:8])
        if session is None:
            raise ValueError("no such session")
        session.console_random, session.role_and_name = payload[8:24], payload[24:25] + payload[27:]
        if session.role_and_name[2:].decode("latin-1") != self.user:
            return payload[:1] + bytes((_WRONG_NAME,)) + bytes(2) + session.console
        seed = session.console_random + session.own
        session.random = blake2b(seed, digest_size=16, key=self.guid).digest()
        proof = self.digest(session, self.password, session.console, session.own, session.console_random,
                            session.random, self.guid, session.role_and_name)  # fmt: skip
        return payload[:1] + bytes(3) + session.console + session.random + self.guid + proof

    def _third(self, payload: bytes) -> bytes:
        """RAKP 3: whoever asks proves it as well; from both random numbers come the keys."""
        session = self.sessions.get(payload[4:8])
        if session is None:
            raise ValueError("no such session")
        wanted = self.digest(session, self.password, session.random, session.console, session.role_and_name)
        if not hmac.compare_digest(wanted, payload[8:]):
            return payload[:1] + bytes((_WRONG_DIGEST,)) + bytes(2) + session.console
        key = self.digest(session, self.password, session.console_random, session.random, session.role_and_name)
        session.integrity_key = self.digest(session, key, b"\x01" * 20)
        session.cipher_key = self.digest(session, key, b"\x02" * 20)[:16]
        check = self.digest(session, key, session.console_random, session.own, self.guid)[: _CUT[session.algorithm]]
        return payload[:1] + bytes(3) + session.console + check

    def _inside(self, packet: bytes, payload: bytes) -> bytes | None:
        session = self.sessions.get(packet[6:10])
        if session is None or not session.integrity_key:
            return None
        cut = _CUT[session.algorithm]
        if self.digest(session, session.integrity_key, packet[4:-cut])[:cut] != packet[-cut:]:
            return None
        found = controller.answered(self.scene, _opened(session.cipher_key, payload))
        if found is None:
            return None
        session.sent += 1
        sealed = _sealed(session.cipher_key, found, session.sent)
        body = b"\x06" + bytes((_BOTH,)) + session.console + struct.pack("<IH", session.sent, len(sealed)) + sealed
        pad = -(len(body) + 2) % 4
        body += b"\xff" * pad + bytes((pad, 0x07))
        return _RMCP + body + self.digest(session, session.integrity_key, body)[:cut]


def _plain(kind: int, payload: bytes) -> bytes:
    return _RMCP + b"\x06" + bytes((kind,)) + bytes(8) + struct.pack("<H", len(payload)) + payload


def _opened(key: bytes, payload: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(payload[:16])).decryptor()
    plain = decryptor.update(payload[16:]) + decryptor.finalize()
    return plain[: len(plain) - 1 - plain[-1]]


def _sealed(key: bytes, plain: bytes, number: int) -> bytes:
    pad = -(len(plain) + 1) % 16
    start = blake2b(struct.pack("<I", number), digest_size=16, key=key).digest()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start + encryptor.update(plain + bytes(range(1, pad + 1)) + bytes((pad,))) + encryptor.finalize()


def datagram(scene: Scene, user: str = "monitor") -> Datagram:
    guid = blake2b(str(scene.device.id).encode(), digest_size=16).digest()
    return _Controller(scene, user, guid, OrderedDict()).answer
