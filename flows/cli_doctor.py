"""`dateline doctor`."""

import json

import click

from flows.options import db_option, many

_EPILOG = """
\b
Examples:
  dateline doctor
  dateline doctor --json | jq 'select(.passed == false)'

It reads every row of the store and of the published file, and changes neither. What is checked, with the SQL
of each check: warehouse/checks.py and docs/operations.md. While another process writes, only the published
file is examined.

\b
Exit codes: 0 all is well; 1 something is wrong, and what to do stands beside it; 2 there is no database.
"""

_MARKS = {True: "pass", False: "FAIL", None: "skip"}


@click.command(epilog=_EPILOG, short_help="Examine the database: read all of it, check every invariant.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a check.")
@db_option
def doctor(*, as_json: bool, db: str | None) -> int:
    """Examine the database, a line a check."""
    from flows.settings import database  # noqa: PLC0415  # --help needs none of it
    from warehouse.doctor import examine  # noqa: PLC0415

    file = database(db)
    failed = passed = 0
    for finding in examine(file):
        failed += finding.passed is False
        passed += finding.passed is True
        if as_json:
            line = {
                "says": finding.says,
                "passed": finding.passed,
                "found": finding.found or None,
                "remedy": finding.remedy or None,
            }
            click.echo(json.dumps(line, ensure_ascii=False))
            continue
        click.echo(
            f"{_MARKS[finding.passed]}  {finding.says}" + (f": {finding.found}" if finding.found else "")
        )
        if finding.remedy:
            click.echo(f"      {finding.remedy}")
    if not as_json:
        well = f"{file} is well" if not failed else f"{many(failed, 'check')} of {file} failed"
        click.echo(f"{well}; {passed:,} passed")
    return 1 if failed else 0
