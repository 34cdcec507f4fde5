"""A screen is painted for the first time when it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen as Base

    Painted = Base[Any]
else:
    Painted = object  # Textual looks for styles along the first of its own classes, which this is not


class PaintedWhole(Painted):
    """For screens, before Textual's own class: nothing is painted until every widget knows its size. Frames that nobody
    reads would come before, and for a screen over another one each of them paints and dims that one too."""

    _is_laid_out = False

    def _compositor_refresh(self) -> None:
        if self._is_laid_out:
            super()._compositor_refresh()
        else:
            self.refresh()  # so that the timer comes

    def _on_timer_update(self) -> None:
        if not self._is_laid_out:
            self._is_laid_out = True
            self._dirty_widgets.add(self)
            self._repaint_required = not self._layout_required  # laying out paints all of it
        super()._on_timer_update()
