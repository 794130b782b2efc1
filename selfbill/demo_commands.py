"""The commands with which everything outside is a stand-in: the demo, and the stand-ins alone."""

from pathlib import Path

import click
from rich.console import Console

from selfbill import demo
from selfbill.running import end, run_and_explain

_LAST_PORT = 65528  # leaves room for those that follow
_PORT = click.IntRange(1, _LAST_PORT)


@click.command("demo")
@click.option("--port", default=8080, type=_PORT, show_default=True, help="The next seven are used too.")
@click.option("--data", default="demo-data", show_default=True, type=click.Path(path_type=Path))
@click.option("--reset", is_flag=True, help="Begin again with an empty folder.")
def run_demo(port: int, data: Path, reset: bool) -> None:
    """Start one merchant with a past, every outside party standing in."""
    if reset and not demo.is_demo_folder(data):
        end(f"{data} is not a demo's folder, so it is not emptied.")
    run_and_explain(lambda: demo.run_demo(demo.make_folder(data, reset=reset), port, console=Console()))


@click.command("sandbox")
@click.option(
    "--port", default=8081, type=_PORT, show_default=True, help="The next three ports are used too."
)
@click.option("--data", default="sandbox-data", show_default=True, type=click.Path(path_type=Path))
def run_sandbox(port: int, data: Path) -> None:
    """Run the stand-ins alone: a small Stripe, a small Slack and a mailbox, for a service of your own."""
    run_and_explain(lambda: demo.run_sandbox(demo.make_folder(data), port, console=Console()))
