"""How the chat is set up, from the environment; each limit with its reason."""

import re
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..config import read_settings, settings
from ..errors import ConfigError

# An id, a colon, and 35 letters, digits, - and _ as of today.
_TOKEN: Final = re.compile(r"\d{1,20}:[\w-]{20,100}", re.ASCII)
# What the Bot API takes for a webhook's secret.
_SECRET: Final = re.compile(r"[\w-]{16,256}", re.ASCII)


class BotSettings(BaseSettings):
    """One bot; each can be set as ``ARTLENS_BOT_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="ARTLENS_BOT_", frozen=True)

    token: SecretStr = SecretStr("")
    # Another server that speaks the Bot API: one's own, or a stand-in.
    api_url: str = "https://api.telegram.org"
    # Where files are fetched; by default at the same place, under /file.
    file_url: str = ""
    # Sent by Telegram with every call of a webhook, so that nobody else can call it.
    webhook_secret: SecretStr = SecretStr("")
    # What waits to be answered, and what was answered of late; no pictures.
    folder: Path = Field(default_factory=lambda: settings().data_dir / "bot")
    # Pictures of one chat that wait; a chat that sends more is told so. An album has up to 10.
    max_waiting: int = Field(default=30, ge=1, le=1000)
    # Chats that are answered at a time; the pictures themselves wait for a processor core.
    chats_at_once: int = Field(default=8, ge=1, le=64)
    # After the last picture of an album so long passes before it is taken for complete.
    album_s: float = Field(default=1.0, ge=0, le=30)
    # How long a question for news may stay unanswered, and costs nobody anything.
    poll_s: float = Field(default=30.0, ge=0, le=50)

    @property
    def base_urls(self) -> tuple[str, str]:
        """Where methods are called and files fetched, as the library wants them."""
        api = self.api_url.rstrip("/")
        return f"{api}/bot", (self.file_url or f"{api}/file").rstrip("/") + "/bot"


def bot_settings() -> BotSettings:
    """Return how this process's bot is set up.

    Raises
    ------
    ConfigError
        If a variable of the environment is missing or makes no sense; no secret stands in the text.
    """
    found = read_settings(BotSettings)
    token = found.token.get_secret_value()
    if not token:
        raise ConfigError(
            "the bot has no token (ARTLENS_BOT_TOKEN is not set); set it to what Telegram's "
            "@BotFather gave for it"
        )
    if not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"ARTLENS_BOT_TOKEN is no token of a bot ({len(token)} characters); expected digits, "
            "a colon and some 35 letters and digits, as @BotFather gives them"
        )
    return found


def webhook_secret(found: BotSettings) -> str:
    """Return the secret of a webhook.

    Raises
    ------
    ConfigError
        If there is none, or one that is guessed or refused.
    """
    secret = found.webhook_secret.get_secret_value()
    if not _SECRET.fullmatch(secret):
        raise ConfigError(
            f"a webhook needs a secret (ARTLENS_BOT_WEBHOOK_SECRET has {len(secret)} characters); "
            "set it to 16 to 256 letters, digits, - and _"
        )
    return secret
