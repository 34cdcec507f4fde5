"""The command `nms`. What only some commands need (the daemon, Textual) is imported when they run: the others start
in a fraction of a second."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nms.views.cli.main import run as run_command

if TYPE_CHECKING:
    from nms.config import Config
    from nms.inventory.strangers import Wanted
    from nms.model import Poll


class NmsApplication:
    """What the commands cannot do by themselves (see `nms.views.cli.common.Application`)."""

    def run(self, config_path: Path, language: str) -> int:
        from nms.app import run_daemon

        return run_daemon(config_path)

    def visit(self, config: Config, device: str, wanted: Wanted) -> Poll:
        from nms.wiring.visiting import visit_once

        return visit_once(config, device, wanted)

    def demo(self, *, once: bool, seconds: float | None, language: str, directory: Path | None) -> int:
        from nms.demo.show import show

        return show(once=once, seconds=seconds, language=language, directory=directory)

    def demo_stage(self, directory: Path) -> int:
        from nms.app import run_stage

        return run_stage(directory)


def main() -> None:
    """The entry point of the command."""
    sys.exit(run_command(NmsApplication()))


if __name__ == "__main__":
    main()
