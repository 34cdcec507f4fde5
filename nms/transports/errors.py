"""What can go wrong between the monitor and a device: one small tree for every transport.

    TransportError
    ├── Unreachable       nobody answered, after the last retry
    ├── AccessDenied      somebody answered and refuses the credential
    ├── Malformed         the answer cannot be read as what it should be
    ├── OverBudget        the device used up its time or its number of requests
    └── LocalFault        the monitor's own side: port in use, no permission, missing file or program

Each carries a sentence for people: what, where, and where possible what to do.
"""

from __future__ import annotations


class TransportError(Exception):
    """Something between the monitor and a device failed; the message says what and where."""


class Unreachable(TransportError):
    """Nobody answered, after the last retry."""


class AccessDenied(TransportError):
    """Somebody answered, and refuses the credential."""


class Malformed(TransportError):
    """The answer cannot be read as what it should be."""


class OverBudget(TransportError):
    """The device used up its time or its number of requests."""


class LocalFault(TransportError):
    """The monitor's own side failed: port in use, no permission, missing file or program."""
