"""How Alembic reaches the warehouse: a psycopg connection to the URL it was handed, begun as all of ours are."""

import psycopg
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from flows.warehouse.database import SESSION

url = context.config.attributes["url"]
engine = create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg.connect(url, options=SESSION), poolclass=NullPool
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        version_table="vigie_schema_version",
        version_table_schema="public",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
