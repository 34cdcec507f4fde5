"""Fixtures for every test."""

from hypothesis import settings

from tests.databases import (
    any_records,
    any_records_url,
    migrated_postgresql,
    migrated_sqlite,
    new_postgresql,
    postgresql_server,
    records,
)

settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
settings.load_profile("untimed")

__all__ = [
    "any_records",
    "any_records_url",
    "migrated_postgresql",
    "migrated_sqlite",
    "new_postgresql",
    "postgresql_server",
    "records",
]
