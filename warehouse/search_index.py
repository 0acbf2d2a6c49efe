"""Has the search index made anew, where something was stored since it was made."""

from warehouse.search_build import build_index, is_current
from warehouse.store import Store


def renew(store: Store) -> None:
    """Build the index over what is stored now; nothing of the index before stays.

    Raises:
        duckdb.Error: it could not be built.
    """
    if not is_current(store.connection):
        build_index(store.connection)
