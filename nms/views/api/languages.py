"""In which language a request is answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from nms.i18n import DEFAULT_LANGUAGE, LANGUAGES


def language(request: Request) -> str:
    """`?lang=` first, then Accept-Language, then Spanish."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE


Language = Annotated[str, Depends(language)]
