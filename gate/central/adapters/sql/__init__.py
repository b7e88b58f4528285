"""The centre's database through SQLAlchemy: SQLite in a file, or PostgreSQL, by its URL."""
