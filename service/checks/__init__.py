"""What a coordinator wants to know of a survey before anybody is asked. How it is shown lives in `service.commands.surveys`."""

from __future__ import annotations
