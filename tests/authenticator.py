"""An authenticator app on somebody's telephone: made of a seed, it shows the code of the moment."""

from dataclasses import dataclass
from datetime import datetime

import pyotp


@dataclass(frozen=True)
class Authenticator:
    """Reads the clock of the test, never its own."""

    seed: str

    def code(self, now: datetime) -> str:
        """The six digits at this moment."""
        return pyotp.TOTP(self.seed).at(now)

    @classmethod
    def scan(cls, address: str) -> "Authenticator":
        """As a camera does with the QR code."""
        uri = pyotp.parse_uri(address)
        assert isinstance(uri, pyotp.TOTP)
        return cls(uri.secret)
