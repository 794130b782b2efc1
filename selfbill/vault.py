"""Secrets at rest: sealed with a key from the settings, tokens as keyed hashes, passwords by Argon2id."""

import base64
import hashlib
import hmac

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken


class SettingsVault:
    """`billing.ports.Vault` with keys derived from one secret, one for each purpose."""

    def __init__(self, secret: str, *, hasher: PasswordHasher | None = None) -> None:
        sealing = hmac.digest(secret.encode(), b"selfbill: seal", "sha256")
        self._fernet = Fernet(base64.urlsafe_b64encode(sealing))
        self._digesting = hmac.digest(secret.encode(), b"selfbill: digest", "sha256")
        self._hasher = hasher or PasswordHasher()
        # Nobody's password: checking it costs as much as checking somebody's.
        self._nobody = self._hasher.hash("nobody's password, and never right")

    def seal(self, text: str) -> str:
        """Encrypted and authenticated."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed with this key; raises ValueError for anything else."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("not sealed with this key") from None

    def digest(self, text: str) -> str:
        """64 hex digits."""
        return hmac.digest(self._digesting, text.encode(), hashlib.sha256).hex()

    def hash_password(self, password: str) -> str:
        """Argon2id with a salt of its own."""
        return self._hasher.hash(password)

    def is_password(self, password: str, password_hash: str | None) -> bool:
        """Slow on purpose; None is nobody."""
        try:
            is_right = self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return is_right and password_hash is not None

    def new_seed(self) -> str:
        """160 random bits."""
        return pyotp.random_base32(32)

    def one_time_code(self, seed: str, step: int) -> str:
        """What an authenticator app shows in this step."""
        return pyotp.HOTP(seed).at(step)
