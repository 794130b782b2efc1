"""What the demo prints: what to open, and what to type there."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console


def tell_what_to_do(console: Console, facts: Mapping[str, Any]) -> None:
    """Addresses and credentials, and the main job in a few steps."""
    console.print()
    for line in _lines(facts):
        # Addresses must stay whole, to be copied or clicked.
        console.print(line, soft_wrap=True, highlight=False)


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    pair = "Order ID [b]{order_id}[/b], e-mail [b]{email}[/b]"
    yield f"Customer's portal    {facts['portal']}"
    yield f"Customer's helpdesk  {facts['helpdesk']}"
    yield "                     a course:        " + pair.format(**facts["customer"])
    yield "                     a subscription:  " + pair.format(**facts["subscriber"])
    yield f"Merchant's desk      {facts['desk']}"
    yield "                     e-mail [b]{email}[/b], password [b]{password}[/b]".format(**facts["staff"])
    yield f"A member site        {facts['membership']}  (its help icon opens the helpdesk)"
    yield "Standing in for the outside:"
    yield f"  Slack              {facts['slack']}  (channel #support)"
    yield f"  the mailbox        {facts['mailbox']}  (codes and confirmations arrive here)"
    yield f"  the processor      {facts['processor']}  (what went back, and what ended)"
    yield ""
    yield "Try it: sign in at the helpdesk, ask for a refund (the code is in the mailbox), approve it in"
    yield "Slack, and watch the customer's page. The portal refunds at once; the helpdesk asks a person."
    yield "[b]Ctrl-C[/b] ends; a second start finds everything as it was left."
    yield ""
