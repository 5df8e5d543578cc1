"""Looking after an installation: each part is looked at, and what is wrong comes with its remedy."""

from __future__ import annotations

from channels.doors import Finding

__all__ = ["Finding"]
