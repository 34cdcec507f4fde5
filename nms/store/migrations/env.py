"""Run by Alembic inside the transaction that `Records.migrate` has already begun."""

from alembic import context

from nms.store.records import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
