"""The tables as SQLAlchemy Core sees them, for statements in sets. What a column means stands in `tables`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

from store import tables as _declared  # noqa: F401  (declares them)

metadata: Final[MetaData] = SQLModel.metadata

area: Final[Table] = metadata.tables["area"]
population: Final[Table] = metadata.tables["population"]
person: Final[Table] = metadata.tables["person"]
person_group: Final[Table] = metadata.tables["person_group"]
contact: Final[Table] = metadata.tables["contact"]
opt_out: Final[Table] = metadata.tables["opt_out"]
campaign: Final[Table] = metadata.tables["campaign"]
survey_version: Final[Table] = metadata.tables["survey_version"]
wave: Final[Table] = metadata.tables["wave"]
participation: Final[Table] = metadata.tables["participation"]
answer: Final[Table] = metadata.tables["answer"]
message: Final[Table] = metadata.tables["message"]
message_transition: Final[Table] = metadata.tables["message_transition"]
lane: Final[Table] = metadata.tables["lane"]
charge: Final[Table] = metadata.tables["charge"]
bill: Final[Table] = metadata.tables["bill"]
inbound_seen: Final[Table] = metadata.tables["inbound_seen"]
request: Final[Table] = metadata.tables["request"]
speaker: Final[Table] = metadata.tables["speaker"]
place: Final[Table] = metadata.tables["place"]
milestone: Final[Table] = metadata.tables["milestone"]
decision: Final[Table] = metadata.tables["decision"]
audit_entry: Final[Table] = metadata.tables["audit_entry"]
