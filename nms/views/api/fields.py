"""What requests may carry: bounded, without control characters, finite. Refused at the door, before any engine."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
SOME_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
LAST_INSTANT = 1e11

Name = Annotated[str, Field(max_length=400, pattern=ONE_LINE)]
Text = Annotated[str, Field(max_length=4000, pattern=SOME_LINES)]
When = Annotated[float, Field(ge=0, le=LAST_INSTANT, allow_inf_nan=False, description="Unix seconds, UTC")]

Word = Annotated[str, Query(max_length=400, pattern=ONE_LINE)]
Instant = Annotated[float, Query(ge=0, le=LAST_INSTANT, allow_inf_nan=False, description="Unix seconds, UTC")]
Limit = Annotated[int, Query(ge=1, le=20_000, description="Most rows of one page")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Rows to pass over (see the Link header)")]
Cursor = Annotated[int, Query(ge=0, le=2**53, description="Only rows of smaller numbers (see the Link header)")]
Identifier = Annotated[str, Path(max_length=200, pattern=ONE_LINE)]
Number = Annotated[int, Path(ge=0, le=2**53)]
