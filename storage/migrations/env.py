"""How Alembic runs a revision: on the connection and in the transaction that `storage.migrate` opened."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too, since we begin ourselves
)
context.run_migrations()
