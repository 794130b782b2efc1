"""What we listen to in Slack: a module each, all declared on one door."""

from bot.door import Door
from bot.hearing import Ears
from bot.listeners.deciding import Deciding
from bot.listeners.handling import Handling


def declare_all(door: Door, ears: Ears) -> None:
    """Every listener there is; a new module is added here."""
    Deciding(ears).listen(door)
    Handling(ears).listen(door)
