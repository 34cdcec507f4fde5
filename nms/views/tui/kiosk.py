"""The wall: boards in turn, by themselves. A key stops the turning for a while, so that somebody can look closer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nms.views.tui.boards import Board
from nms.views.tui.places import Place

PAUSE_SECONDS = 60.0
OVERVIEW_SECONDS = 30.0


@dataclass(slots=True)
class Kiosk:
    """Which board is next, and when. The overview comes first, and also where no board is for the wall."""

    boards: Sequence[Board]
    next_at: float
    index: int = 0

    @classmethod
    def of(cls, boards: Sequence[Board], now: float) -> Kiosk:
        wall = [board for board in boards if board.wall]
        return cls(wall, now + cls.seconds_of(wall[0] if wall else None))

    @staticmethod
    def seconds_of(board: Board | None) -> float:
        return (board.wall if board else None) or OVERVIEW_SECONDS

    @property
    def first(self) -> Place:
        return self.boards[0].place() if self.boards else Place("overview")

    def touched(self, now: float) -> None:
        """Somebody is at the keys."""
        self.next_at = max(self.next_at, now + PAUSE_SECONDS)

    def turn(self, now: float) -> Place | None:
        """The next board when it is due."""
        if now < self.next_at or len(self.boards) < 2:
            return None
        self.index = (self.index + 1) % len(self.boards)
        board = self.boards[self.index]
        self.next_at = now + self.seconds_of(board)
        return board.place()
