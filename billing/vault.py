"""The port of secrets: what seals, hashes and compares them. The implementation is the wiring's."""

from typing import Protocol


class Vault(Protocol):
    """Secrets at rest, with a key from the settings."""

    def seal(self, text: str) -> str: ...
    def unseal(self, sealed: str) -> str: ...
    def digest(self, text: str) -> str:
        """A keyed hash (hex): how tokens, codes and budget keys are stored."""
        ...

    def hash_password(self, password: str) -> str: ...
    def is_password(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password of this hash; None (nobody) costs the same and is never right."""
        ...
