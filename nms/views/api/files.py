"""Files that people sent, on their way back to a browser: nothing in them runs."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from nms.queries.dossier import AttachmentContent

_INLINE = ("image/png", "image/jpeg", "image/webp")
"""Types that a browser draws without running anything; all others are offered for saving."""


def as_file(found: AttachmentContent) -> Response:
    """The type is the one that was read from the content, the name one of ours (RFC 6266, RFC 8187)."""
    how = "inline" if found.media_type in _INLINE else "attachment"
    plain = found.name.encode("ascii", "replace").decode().replace("?", "_")
    kind = f"{found.media_type}; charset=utf-8" if found.media_type.startswith("text/") else found.media_type
    headers = {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, headers=headers, media_type=kind)
