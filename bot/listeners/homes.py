"""App Home: who looks at theirs, which list they choose, and a way in for those whom it shows nothing."""

from slack_bolt.async_app import AsyncAck

from billing.slack.homes import open_home, turn_home
from bot import actions
from bot.callers import text_at
from bot.door import ANYBODY, STAFF, Door
from bot.hearing import Ears, Hearing
from bot.listeners.events import read_event
from bot.marks import is_user_id

EVENT = "app_home_opened"


class Homes:
    """Listeners on App Home."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Declare the event and every button of our own on it; those of a card do there what they do here."""
        door.event(EVENT, self.opened, who=ANYBODY)
        for action_id in (*actions.HOME_SHOWS.values(), actions.HOME_PREVIOUS, actions.HOME_NEXT):
            door.action(action_id, self.turn, who=STAFF)
        # Whom we do not know is refused here, and that is how they get their link.
        door.action(actions.HOME_LINK, self.look_again, who=STAFF)

    async def opened(self, hearing: Hearing) -> None:
        """Anybody's Home is drawn; who is shown nothing reads why."""
        event = read_event(hearing)
        user_id = hearing.caller.user_id
        is_home = text_at(hearing.body, "event", "tab") in {"", "home"}
        if event is None or not is_home or not is_user_id(user_id):
            return
        await open_home(
            self._ears.ctx,
            hearing.account.id,
            event,
            team_id=hearing.installation.team_id,
            user_id=user_id,
            trace_id=hearing.trace_id,
        )

    async def turn(self, hearing: Hearing, ack: AsyncAck) -> None:
        """Another list, or another page."""
        chosen = actions.read_page(hearing.body)
        if chosen is not None:
            shows, number = chosen
            await turn_home(
                self._ears.ctx,
                hearing.must_know(),
                team_id=hearing.installation.team_id,
                user_id=hearing.caller.user_id,
                shows=shows,
                number=number,
            )
        await ack()

    async def look_again(self, hearing: Hearing, ack: AsyncAck) -> None:
        """Known by now: they get their inbox."""
        await turn_home(
            self._ears.ctx,
            hearing.must_know(),
            team_id=hearing.installation.team_id,
            user_id=hearing.caller.user_id,
        )
        await ack()
