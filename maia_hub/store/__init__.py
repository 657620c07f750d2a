"""The database: tables, what guards them, one repository per aggregate, migrations.

What may be here: SQL and the translation between rows and the domain's values. What never may: a decision. A
decision is core's, a transaction's extent is the desk's.
"""

from maia_hub.store.database import Store
from maia_hub.store.decisions import Beyond
from maia_hub.store.schema import upgrade
from maia_hub.store.transaction import Transaction

__all__ = ["Beyond", "Store", "Transaction", "upgrade"]
