"""Has the search index made anew, where something was stored since it was made, and published."""

from warehouse.compact import publish_again
from warehouse.search_build import build_index, is_current
from warehouse.store import Store


def renew(store: Store) -> None:
    """Build the index over what is stored now; nothing of the index before stays.

    Raises:
        duckdb.Error: it could not be built.
    """
    if is_current(store.connection):
        return
    # Noted first: stopped in between, it is published the next time.
    publish_again(store)
    build_index(store.connection)
