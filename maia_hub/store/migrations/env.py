"""Runs the migrations on one database, all in one transaction."""

from alembic import context

from maia_hub.store.database import engine
from maia_hub.store.tables import metadata

made = engine(context.config.attributes["url"])
with made.connect().execution_options(maia_write=True) as connection:
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
made.dispose()
