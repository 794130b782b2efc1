"""The port of secrets: what seals, hashes and compares them. The implementation is the wiring's."""

from typing import Protocol


class Vault(Protocol):
    """Secrets at rest, with a key from the settings."""

    def seal(self, text: str) -> str: ...
    def unseal(self, sealed: str) -> str:
        """Raises ValueError for what was not sealed with this key."""
        ...

    def digest(self, text: str) -> str:
        """A keyed hash (hex): how tokens, codes and budget keys are stored."""
        ...

    def hash_password(self, password: str) -> str: ...
    def is_password(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password of this hash; None (nobody) costs the same and is never right."""
        ...

    def new_seed(self) -> str:
        """For one-time codes: random, in Base32, as authenticator apps take it."""
        ...

    def one_time_code(self, seed: str, step: int) -> str:
        """The six digits of this step (RFC 6238, SHA-1, 30 seconds) for a seed that is not sealed."""
        ...
