"""The entry point ``mechopt``: commands, exit status, and errors on one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from mechopt import __version__
from mechopt.cli.ask import certify, compare, map_command, solve, theorem
from mechopt.cli.export import export
from mechopt.cli.frontier import frontier
from mechopt.cli.new import completion, new, schema
from mechopt.cli.plot import plot
from mechopt.cli.problems import problems
from mechopt.cli.report import report
from mechopt.cli.screen import say, warnings_as_lines
from mechopt.cli.sweep import sweep
from mechopt.cli.verify import FalseResultError, verify
from mechopt.errors import MechoptError, SolverError, nearest

__all__ = ["cli", "main", "run"]

COMPLETE = "_MECHOPT_COMPLETE"
"""Set by the shell that asks for completions."""

ANSWERED, FALSE_CLAIM, WRONG_INPUT, NO_ANSWER, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


class _Commands(click.Group):
    """A group that suggests the nearest command."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"{args[0]!r} is not a command; {nearest(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mechopt")
@click.pass_context
def cli(context: click.Context) -> None:
    """Mechanism design by linear programming, with exact proofs.

    Exit status: 0 answered, 1 `verify` found a false claim, 2 the input is wrong, 3 the solver could not answer,
    130 interrupted before there was an answer.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (certify, solve, compare, map_command, theorem, frontier, sweep, plot, report, verify, export, problems, new, schema, completion):
    cli.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; what goes wrong is one line on standard error.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; default: those of the process.
    """
    try:
        with warnings_as_lines():
            status = cli.main(args=None if arguments is None else list(arguments), prog_name="mechopt", standalone_mode=False)
            sys.stdout.flush()
        return status if isinstance(status, int) else ANSWERED
    except click.ClickException as error:
        say("error", _usage(error))
        return WRONG_INPUT
    except (click.Abort, KeyboardInterrupt):
        say("error", "interrupted")
        return INTERRUPTED
    except FalseResultError as error:
        say("false", error)
        return FALSE_CLAIM
    except SolverError as error:
        say("error", error)
        return NO_ANSWER
    except MechoptError as error:
        say("error", error)
        return WRONG_INPUT
    except MemoryError:
        say("error", "out of memory; use fewer types or agents, or a coarser grid (points)")
        return NO_ANSWER


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    message = message if message.endswith("...") else message.rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message}; see {context.command_path} --help" if context is not None else message


def main() -> None:
    """Run the command line of the process and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the process: nobody listens, and print would choose the other stream
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    _reserve_standard_output()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = run()
    except SystemExit:  # click leaves this way after completing a line, and when the reader of standard output has gone
        if COMPLETE in os.environ:
            raise
        _discard_output()
        status = PIPE_CLOSED
    except OSError as error:
        _discard_output()
        say("error", f"standard output: {error.strerror or error}")
        status = WRONG_INPUT
    sys.exit(status)


def _reserve_standard_output() -> None:
    """Keep standard output for results: what solvers print there from their own code goes to standard error."""
    given = sys.stdout.fileno()
    ours = os.dup(given)
    os.dup2(sys.stderr.fileno(), given)
    sys.stdout = os.fdopen(ours, "w", buffering=1 if os.isatty(ours) else -1, encoding=sys.stdout.encoding)


def _discard_output() -> None:
    """Nobody reads standard output any more; keep Python from complaining about it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


if __name__ == "__main__":
    main()
