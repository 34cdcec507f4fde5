"""The folder of configurations as a whole: copied while the daemon works, put back, examined."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from nms.store.configurations.repository import ConfigurationRepository, ConfigurationsError

FOLDER = "configurations"


def backup(data: Path, target: Path) -> bool:
    """Copies repository and masking key; False where there are none. Raises: ConfigurationsError.

    Nobody writes meanwhile; the copy is checked before it counts.
    """
    source = data / FOLDER
    if not source.is_dir():
        return False
    repository = ConfigurationRepository(source)
    try:
        with repository.alone():
            shutil.copytree(source, target / FOLDER, ignore=shutil.ignore_patterns("lock"))
    except OSError as error:
        raise ConfigurationsError(f"the configurations cannot be copied to {target}: {error}") from error
    finally:
        repository.close()
    (target / FOLDER).chmod(0o700)
    if damage := check(target):
        raise ConfigurationsError(damage)
    return True


def restore(copy: Path, data: Path) -> Path | None:
    """Puts a copy in the place of what is there; gives where that is now. Raises: ConfigurationsError."""
    source, target = copy / FOLDER, data / FOLDER
    if not source.is_dir():
        return None
    aside = None
    half = data / f"{FOLDER}.part"
    try:
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(source, half)
        if target.exists():
            aside = target.with_name(f"{FOLDER}.before-restore-{int(time.time())}")
            target.rename(aside)
        half.rename(target)
        target.chmod(0o700)
    except OSError as error:
        raise ConfigurationsError(f"the configurations cannot be put back: {error}") from error
    return aside


def check(data: Path) -> str:
    """What is wrong with the newest texts; empty when they are sound, or when there are none."""
    if not (data / FOLDER).is_dir():
        return ""
    try:
        repository = ConfigurationRepository(data / FOLDER)
    except ConfigurationsError as error:
        return str(error)
    try:
        return repository.check()
    finally:
        repository.close()
