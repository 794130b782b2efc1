"""What every stand-in has in common: it listens on loopback from the start of a block to its end."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from aiohttp import web

HOST = "127.0.0.1"


class StandIn(ABC):
    """An outside party of our own making: `async with ProcessorSandbox() as processor`."""

    @abstractmethod
    async def start(self) -> None:
        """Listen; OSError when a port is taken."""

    @abstractmethod
    async def stop(self) -> None:
        """Let go of ports and connections."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def listen(runner: web.AppRunner, port: int) -> str:
    """Serve on this port of loopback (0: any free one); the address. Raises OSError when it is taken."""
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return f"http://{HOST}:{runner.addresses[0][1]}"
