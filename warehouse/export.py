"""Writes a table or view out as Parquet, CSV or JSON Lines, with a README that says how to read it back."""

# ruff: noqa: S608 - names come from the catalog, quoted; a condition is the user's own SQL, on their own files

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import duckdb

from records import UsageError
from warehouse import errors
from warehouse.integrity import current_catalog
from warehouse.migrate import check_schema
from warehouse.store import attach_published, quoted

Format = Literal["parquet", "csv", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)

UNDATED = "undated"
"""The partition of rows whose month is not known."""

_APOSTROPHE = "'"
_LARGEST_ROW_BYTES = 1 << 28
"""The most that a reader of CSV and JSON is told to expect of one row."""

# A JSON object a line is CSV with one column and nothing quoted, since JSON escapes both control characters.
# DuckDB's own JSON writer knows no partitions.
_WRITE = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "jsonl": "FORMAT csv, HEADER false, DELIM '\x01', QUOTE '\x02', ESCAPE '\x02'",
}

_DIALECT = """delim = ',', quote = '"', escape = '"', new_line = '\\n',
  nullstr = '', allow_quoted_nulls = false"""

_COLUMNS = """
SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
WHERE database_name = ? AND schema_name = 'main' AND table_name = ? ORDER BY column_index
"""

_ABOUT = """
SELECT coalesce(comment, '') FROM (
  SELECT database_name, table_name AS name, comment FROM duckdb_tables()
  UNION ALL SELECT database_name, view_name, comment FROM duckdb_views()
) WHERE database_name = ? AND name = ?
"""

_MONTH = f"""coalesce(strftime(published_date, '%Y-%m'),
  CASE WHEN published_precision = 'month' THEN published END, '{UNDATED}') AS month"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what is written."""

    name: str
    type: str
    comment: str

    @property
    def is_list(self) -> bool:
        """Whether CSV has no word for it, so that it stands there as JSON."""
        return self.type.endswith("[]")

    @property
    def is_bytes(self) -> bool:
        """Whether text has no word for it, so that it stands there in base 64."""
        return self.type == "BLOB"

    def as_text(self) -> str:
        """The SQL that writes it into a text."""
        return f"to_base64({quoted(self.name)})" if self.is_bytes else quoted(self.name)

    def from_text(self) -> str:
        """The SQL that reads that."""
        name = quoted(self.name)
        return f"from_base64({name}) AS {name}" if self.is_bytes else name


@dataclass(frozen=True, slots=True)
class Export:
    """What was written.

    Attributes:
        folder: where it is.
        table: what was written.
        rows: how many.
        files: how many, the README aside.
        bytes: size of these files together.
    """

    folder: Path
    table: str
    rows: int
    files: int
    bytes: int


def export(
    db: Path,
    folder: Path,
    *,
    style: Format = "parquet",
    table: str = "articles",
    by_month: bool = False,
    where: str | None = None,
    replace: bool = False,
) -> Export:
    """Write the published rows of one table or view into a folder, which appears complete or not at all.

    Args:
        db: the published file.
        folder: made; its README.md says what the columns mean and reads the rows back.
        style: parquet, csv or jsonl.
        table: a table or view.
        by_month: one folder `month=YYYY-MM` a month of publication, `month=undated` for the rest.
        where: an SQL condition on the columns of the table.
        replace: whether a folder that an earlier export made may be replaced.

    Raises:
        UsageError: no such table, no such column in the condition, or the folder is there already.
        WarehouseError: the file cannot be read, or there is no room.
    """
    _check_folder(folder, replace=replace)
    connection = attach_published(db.resolve(), db)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        check_schema(connection, db)
        columns = _columns(connection, table)
        if by_month and not {"published_date", "published_precision"} <= {each.name for each in columns}:
            raise UsageError(f"{table} has no published_date to part it by: leave --partition out")
        _check_condition(connection, table, where)
        fresh.mkdir()
        rows = _write(
            connection, fresh, style=style, table=table, columns=columns, by_month=by_month, where=where
        )
        about = _scalar(connection, _ABOUT, [current_catalog(connection), table])
        written = [each for each in fresh.rglob("*") if each.is_file()]
        size = sum(each.stat().st_size for each in written)
        (fresh / "README.md").write_text(
            _readme(table, str(about or ""), columns, style=style, by_month=by_month, where=where, rows=rows),
            encoding="utf-8",
        )
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    except duckdb.Error as error:
        raise errors.from_duckdb(error, db) from error
    except OSError as error:
        raise errors.from_os(error, folder) from error
    finally:
        connection.close()
        shutil.rmtree(fresh, ignore_errors=True)
    return Export(folder, table, rows, len(written), size)


def reading(columns: tuple[Column, ...], *, style: Format, by_month: bool, place: str = ".") -> str:
    """SQL that reads an export back: the same rows with the same types.

    Args:
        columns: what was written.
        style: how.
        by_month: whether in folders by month.
        place: the folder, as the SQL is to name it.
    """
    pattern = "/*/*." if by_month else "/*."
    files = quoted(f"{place}{pattern}{style}", mark=_APOSTROPHE)
    names = ", ".join(quoted(each.name) for each in columns)
    hive = (
        "hive_partitioning = true, hive_types_autocast = false" if by_month else "hive_partitioning = false"
    )
    if style == "parquet":
        return f"SELECT {names}\nFROM read_parquet({files}, {hive})"
    as_text = [each for each in columns if each.is_bytes or (style == "csv" and each.is_list)]
    types = ",\n  ".join(
        f"{quoted(each.name)}: '{'VARCHAR' if each in as_text else each.type}'" for each in columns
    )
    if style == "jsonl":
        texts = ", ".join(each.from_text() for each in columns)
        return (
            f"SELECT {texts}\nFROM read_json({files}, format = 'newline_delimited', {hive},\n"
            f"  maximum_object_size = {_LARGEST_ROW_BYTES}, columns = {{\n  {types}}})"
        )
    chosen = ", ".join(
        f"from_json({quoted(each.name)}, '[\"{each.type[:-2]}\"]') AS {quoted(each.name)}"
        if each.is_list
        else each.from_text()
        for each in columns
    )
    return (
        f"SELECT {chosen}\nFROM read_csv({files}, auto_detect = false, header = true, {_DIALECT}, {hive},\n"
        f"  max_line_size = {_LARGEST_ROW_BYTES}, buffer_size = {2 * _LARGEST_ROW_BYTES},\n"
        f"  columns = {{\n  {types}}})"
    )


def _check_folder(folder: Path, *, replace: bool) -> None:
    if not folder.parent.is_dir():
        raise UsageError(f"There is no folder {folder.parent}: make it first, or name another with --to")
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder with --to")
    is_empty = not any(folder.iterdir())
    is_ours = (folder / "README.md").is_file() and (folder / "README.md").read_text("utf-8").startswith(
        _TITLE
    )
    if not (is_empty or (replace and is_ours)):
        remedy = (
            "name another with --to" if replace else "name another with --to, or replace it with --replace"
        )
        what = "holds other things" if replace else "is there already"
        raise UsageError(f"{folder} {what}: {remedy}")


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[Column, ...]:
    catalog = current_catalog(connection)
    found = connection.execute(_COLUMNS, [catalog, table]).fetchall()
    if not found:
        raise UsageError(
            f'There is no table or view {table}: `dateline sql "SHOW TABLES"` lists what there is'
        )
    return tuple(Column(*row) for row in found)


def _check_condition(connection: duckdb.DuckDBPyConnection, table: str, where: str | None) -> None:
    """A mistake in the condition is the user's to mend, not a damaged file."""
    try:
        connection.execute(f"EXPLAIN SELECT * FROM {quoted(table)} {_condition(where)}").fetchall()
    except (duckdb.ParserException, duckdb.BinderException, duckdb.ConversionException) as error:
        raise UsageError(f"--where cannot be used: {errors.first_paragraph(error)}") from error


def _condition(where: str | None) -> str:
    return f"WHERE (\n{where}\n)" if where else ""  # on lines of its own, for it may end with a comment


def _write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    style: Format,
    table: str,
    columns: tuple[Column, ...],
    by_month: bool,
    where: str | None,
) -> int:
    source = f"{quoted(table)} {_condition(where)}"
    listed = [quoted(each.name) for each in columns]
    texts = [
        f"to_json({quoted(each.name)}) AS {quoted(each.name)}" if each.is_list else each.as_text()
        for each in columns
    ]
    month = f", {_MONTH}" if by_month else ""
    if style == "jsonl":
        packed = ", ".join(f"{quoted(each.name)} := {each.as_text()}" for each in columns)
        select = f"SELECT to_json(struct_pack({packed})) AS line{month} FROM {source}"
    else:
        select = f"SELECT {', '.join(texts if style == 'csv' else listed)}{month} FROM {source}"
    options = _WRITE[style]
    if by_month:
        target = quoted(str(folder), mark=_APOSTROPHE)
        options += f", PARTITION_BY (month), FILENAME_PATTERN 'part_{{i}}', FILE_EXTENSION '{style}'"
        options += ", OVERWRITE_OR_IGNORE"
    else:
        target = quoted(str(folder / f"{table}.{style}"), mark=_APOSTROPHE)
    return int(str(_scalar(connection, f"COPY ({select}) TO {target} ({options})", [])))


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str, values: list[str]) -> object:
    found = connection.execute(sql, values).fetchall()
    return found[0][0] if found else None


_TITLE = "# Exported by Dateline: "


def _readme(
    table: str,
    about: str,
    columns: tuple[Column, ...],
    *,
    style: Format,
    by_month: bool,
    where: str | None,
    rows: int,
) -> str:
    lines = [f"{_TITLE}{table}", "", f"{rows} rows as {style}. {about}"]
    if where:
        lines += ["", "Only the rows where:", "", "```sql", where, "```"]
    if by_month:
        lines += [
            "",
            f"One folder a month of publication (`month=2025-11`), `month={UNDATED}` where it is not known.",
        ]
    if style == "csv":
        lines += ["", 'NULL is an empty field, an empty text is `""`, and a list is JSON.']
    if style != "parquet" and any(each.is_bytes for each in columns):
        lines += ["", "Bytes (BLOB) are in base 64."]
    lines += [
        "",
        "## Reading it",
        "In DuckDB, from this folder; the same rows with the same types:",
        "",
        "```sql",
        f"{reading(columns, style=style, by_month=by_month)};",
        "```",
        "",
        "## Columns",
        "Times are in UTC.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *(f"| {each.name} | {each.type} | {each.comment.replace('|', chr(92) + '|')} |" for each in columns),
    ]
    return "\n".join(lines) + "\n"
