"""The command `selfbill`: names its commands, and loads the one that is called."""

from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Named:
    """Where a command is, and its line in the list of all."""

    module: str
    name: str
    line: str


COMMANDS = {
    "account": Named("selfbill.merchant_commands", "account_group", "Merchants."),
    "audit": Named("selfbill.audit_command", "audit", "Check the stored state."),
    "demo": Named(
        "selfbill.demo_commands",
        "run_demo",
        "Start one merchant with a past, every outside party standing in.",
    ),
    "helpdesk": Named("selfbill.merchant_commands", "helpdesk_group", "Where Manual tickets open."),
    "import": Named("selfbill.service_commands", "import_group", "Bring a past in."),
    "migrate": Named("selfbill.service_commands", "migrate", "Bring the database up to date."),
    "reconcile": Named(
        "selfbill.reconcile_command", "reconcile_books", "Compare our books with the payment processor."
    ),
    "sandbox": Named("selfbill.demo_commands", "run_sandbox", "Run the stand-ins alone."),
    "serve": Named("selfbill.service_commands", "run_service", "Run the service until it is told to stop."),
    "slack": Named("selfbill.slack_commands", "slack_group", "The Slack app."),
    "staff": Named("selfbill.merchant_commands", "staff_group", "The people who work for an account."),
}


class LateGroup(click.Group):
    """A group that loads a command when it is called: all together take seconds, and a list needs none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """By name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded; None if nothing is called so."""
        named = COMMANDS.get(cmd_name)
        if named is None:
            return None
        found = getattr(import_module(named.module), named.name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, from the lines that are here."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].line) for name in self.list_commands(ctx)])


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="selfbill")
def main() -> None:
    """Self-service billing that runs beside your payment processor."""
