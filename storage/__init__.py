"""The database: SQLite and PostgreSQL behind the ports of billing."""
