"""Runs the migrations on one database, all in one transaction, while nobody else writes.

A database whose version changes gets the guards of this program, in the place of those that are there.
"""

from alembic import context

from maia_hub.store import guards
from maia_hub.store.dialects import dialect_of
from maia_hub.store.tables import metadata

url = context.config.attributes["url"]
made = dialect_of(url).engine(url, migrates=True)
try:
    with made.connect().execution_options(**dialect_of(url).WRITES) as connection:
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        with context.begin_transaction():
            before = context.get_context().get_current_heads()
            if context.config.attributes.get("back"):
                guards.remove(connection)  # they name what goes
            context.run_migrations()
            if context.get_context().get_current_heads() != before:
                guards.install(connection)
        connection.commit()
finally:
    made.dispose()
