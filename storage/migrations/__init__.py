"""Alembic's side of the schema. `storage.migrate` runs it; `storage.check` compares it with the tables."""
