"""A small Slack on loopback: Web API, Socket Mode, signed interactions, and a client in the browser."""

from selfbill.sandbox.slack.interactions import Answer, Signing
from selfbill.sandbox.slack.seed import Person, Seed, SeedChannel
from selfbill.sandbox.slack.server import SlackSandbox

__all__ = ["Answer", "Person", "Seed", "SeedChannel", "Signing", "SlackSandbox"]
