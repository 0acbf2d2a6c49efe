"""The command line: `dateline`. Only click and the standard library are imported before a command runs."""

import errno
import os
import sys
from pathlib import Path

import click

from flows.cli_backup import backup, restore
from flows.cli_doctor import doctor
from flows.cli_export import export
from flows.cli_fetch import fetch
from flows.cli_forget import forget
from flows.cli_ingest import ingest
from flows.cli_maintain import maintain
from flows.cli_merge import merge
from flows.cli_reextract import reextract
from flows.cli_search import search
from flows.cli_show import show
from flows.cli_source import source
from flows.cli_sql import sql
from records import DatelineError

_COMPLETION = "_DATELINE_COMPLETE"  # set by the shell that asks click for completions

_EPILOG = """
\b
Examples:
  dateline ingest articles/                      a folder of text and HTML files
  dateline ingest dump.jsonl.gz https://example.org/news/1
  dateline source add https://news.example.org/  where news comes from, into sources.toml
  dateline fetch                                 what is new there
  dateline sql "SELECT title, published FROM articles ORDER BY published"
  dateline show https://example.org/news/1       one article, with what was cut and why
  dateline search "harbour plan" --lang en        articles by their words, the best match first

\b
Exit codes: 0 all well (also: nothing new); 1 something was refused or failed and has its
row in the table outcomes; 2 wrong usage, or nothing could be done at all.

The database is --db, else the environment variable DATELINE_DB, else news.duckdb here.
"""


@click.group(
    epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="dateline", prog_name="dateline", message="%(prog)s %(version)s")
def dateline() -> None:
    """Turn news articles into a DuckDB database: clean text, honest dates, and the reasons for both."""


dateline.add_command(ingest)
dateline.add_command(fetch)
dateline.add_command(sql)
dateline.add_command(show)
for care in (maintain, backup, restore, doctor, export, merge, forget):
    dateline.add_command(care)
dateline.add_command(search)
dateline.add_command(reextract)
dateline.add_command(source)


def main() -> None:
    """Run the command line and exit with its code; whatever happens is said in one sentence."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no UTF-8 gets escapes instead of an error.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody listens any more; what there was to say of it has been said
            _silence(stream)
    sys.exit(code)


def _run() -> int:
    try:
        if _COMPLETION in os.environ:
            dateline.main(prog_name="dateline")
        # Not click's main(), which takes a closed output for an error and an interrupt for its own.
        with dateline.make_context("dateline", sys.argv[1:]) as context:
            code = dateline.invoke(context)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as end:  # --help and --version
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except DatelineError as error:
        return _said(str(error), 2)
    except (click.Abort, KeyboardInterrupt):
        return _said("interrupted; what was stored stays", 1)
    except OSError as error:
        if error.errno == errno.EPIPE:
            # Whoever read the output has what they wanted, `head` for one.
            _silence(sys.stdout)
            return 0
        return _said(f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 2)
    except Exception as error:  # noqa: BLE001  # no traceback ever reaches a user
        return _said(
            f"a mistake in Dateline, please report it: {type(error).__name__}: {error} ({_place(error)})", 2
        )


def _said(sentence: str, code: int) -> int:
    try:
        click.echo(f"dateline: {' '.join(sentence.split())}", err=True)
    except OSError:
        _silence(sys.stderr)
    return code


def _silence(stream: object) -> None:
    """Point a stream at nothing, so that Python's own last flush does not complain."""
    try:
        descriptor = stream.fileno()  # type: ignore[attr-defined]  # sys.stdout or sys.stderr
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    except (OSError, ValueError, AttributeError):
        pass


def _place(error: BaseException) -> str:
    """File and line where an error came from, for the report."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "nowhere"


if __name__ == "__main__":
    main()
