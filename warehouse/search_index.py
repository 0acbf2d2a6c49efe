"""Has the search index made anew, where this Dateline has one."""

import importlib

from warehouse.store import Store


def renew(store: Store) -> None:
    """Build the index over what is stored now; nothing of the index before stays.

    Raises:
        duckdb.Error: it could not be built.
    """
    try:
        search = importlib.import_module("warehouse.search")
    except ModuleNotFoundError:
        return
    search.build_index(store.connection)
