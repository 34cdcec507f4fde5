"""Fixtures for every test."""

from tests.databases import (
    any_records,
    any_records_url,
    migrated_postgresql,
    migrated_sqlite,
    new_postgresql,
    postgresql_server,
    records,
)

__all__ = [
    "any_records",
    "any_records_url",
    "migrated_postgresql",
    "migrated_sqlite",
    "new_postgresql",
    "postgresql_server",
    "records",
]
