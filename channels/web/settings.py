"""What can be set about the personal web pages. Building the channel from it lives in the package itself."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """The pages are in use unless `enabled` is false."""

    model_config = SettingsConfigDict(env_prefix="GENKLANG_WEB_", extra="ignore")

    enabled: bool = Field(default=True, description="Whether residents can answer on a personal web page.")
    accessibility_url: str = Field(
        default="", description="Address of the accessibility statement, linked from each page; empty: no link."
    )
