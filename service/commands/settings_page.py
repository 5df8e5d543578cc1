"""The settings page of the documentation, written from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from channels.doors import open_doors
from service.settings import Settings

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

_INTRODUCTION = """# Settings

Every setting is an environment variable; a file `.env` in the working directory is read too. An empty value counts as
not set. This page is written from the code with `make docs`.
"""


def page() -> str:
    """The whole page as Markdown."""
    models: list[tuple[str, type[BaseSettings]]] = [("The service", Settings)]
    models += [(f"Channel: {name}", door.settings) for name, door in sorted(open_doors().items())]
    return _INTRODUCTION + "".join(f"\n## {title}\n\n{_table(model)}" for title, model in models)


def _table(model: type[BaseSettings]) -> str:
    prefix = str(model.model_config.get("env_prefix", ""))
    lines = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        kind = getattr(field.annotation, "__name__", str(field.annotation))
        lines.append(
            f"| `{prefix}{name.upper()}` | {kind} | {f'`{shown}`' if shown not in ('', None) else ''} "
            f"| {(field.description or '').replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines) + "\n"
