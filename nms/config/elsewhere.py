"""Other ticket systems that are kept like ours: Request Tracker, GLPI, and whoever takes webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from nms.config.quantities import Span
from nms.config.secrets import Secret
from nms.documents import Confidential

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]


class RequestTrackerSystem(Confidential):
    """Request Tracker 5, through REST 2.0, both ways."""

    kind: Literal["request-tracker"]
    """What sort of system this is; it decides the other keys."""

    url: Url
    """Address of its REST interface: `https://rt.example.org/REST/2.0/`."""

    credential: str
    """A credential of the kind `http` by its name: user and password, or a token."""

    user: str = ""
    """The account that the credential belongs to, where it is a token: what it did is not told back to us."""

    queue: str = Field(default="General", min_length=1)
    """The queue that our tickets go into."""

    enabled: bool = True
    """Whether it is asked and told at all."""

    every: Span = 60.0
    """How often both sides are compared."""

    ca_file: Path | None = None
    """PEM file of the authority that signed its certificate; none: the authorities of this machine."""


class GlpiSystem(Confidential):
    """GLPI 10, through its REST API, both ways."""

    kind: Literal["glpi"]
    """What sort of system this is; it decides the other keys."""

    url: Url
    """Address of its REST interface: `https://glpi.example.org/apirest.php/`."""

    credential: str
    """A credential of the kind `http` by its name: user and password, or a user token as `token`."""

    app_token: Secret | None = None
    """Reference to the token of the API client, where GLPI wants one."""

    entity: int = Field(default=0, ge=0)
    """The entity that our tickets go into."""

    enabled: bool = True
    """Whether it is asked and told at all."""

    every: Span = 60.0
    """How often both sides are compared."""

    ca_file: Path | None = None
    """PEM file of the authority that signed its certificate; none: the authorities of this machine."""


class WebhookSystem(Confidential):
    """Whoever takes signed JSON by HTTP, one way: every change is told until it is taken."""

    kind: Literal["webhook"]
    """What sort of system this is; it decides the other keys."""

    url: Secret
    """Reference to the address: it often holds a secret itself."""

    secret: Secret
    """Reference to the key of the signature (Standard Webhooks: `whsec_` and base64, or any text)."""

    enabled: bool = True
    """Whether it is asked and told at all."""

    every: Span = 60.0
    """How often both sides are compared."""

    ca_file: Path | None = None
    """PEM file of the authority that signed its certificate; none: the authorities of this machine."""


RemoteSystem = Annotated[RequestTrackerSystem | GlpiSystem | WebhookSystem, Field(discriminator="kind")]
