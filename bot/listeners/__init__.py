"""What we listen to in Slack: a module each, all declared on one door."""

from bot.door import Door
from bot.hearing import Ears
from bot.listeners.commands import Commands
from bot.listeners.deciding import Deciding
from bot.listeners.events import Happenings
from bot.listeners.handling import Handling
from bot.listeners.homes import Homes
from bot.listeners.links import Links
from bot.listeners.threads import Threads


def declare_all(door: Door, ears: Ears) -> None:
    """Every listener there is; a new module is added here."""
    Deciding(ears).listen(door)
    Handling(ears).listen(door)
    Homes(ears).listen(door)
    Commands(ears).listen(door)
    Threads(ears).listen(door)
    Links(ears).listen(door)
    Happenings(ears).listen(door)
