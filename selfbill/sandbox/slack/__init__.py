"""A small Slack on loopback: Web API, Socket Mode, OAuth, signed interactions, a client in the browser."""

from selfbill.sandbox.slack.installing import NotForUs
from selfbill.sandbox.slack.interactions import Answer, Signing
from selfbill.sandbox.slack.seed import Person, Seed, SeedChannel, small_seed
from selfbill.sandbox.slack.server import SlackSandbox

__all__ = ["Answer", "NotForUs", "Person", "Seed", "SeedChannel", "Signing", "SlackSandbox", "small_seed"]
