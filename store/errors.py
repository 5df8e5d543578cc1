"""What the store refuses, by name. Database errors themselves pass through as SQLAlchemy's."""

from __future__ import annotations


class StoreError(Exception):
    """The root of what the store raises of its own."""


class DatabaseClosed(StoreError):
    """A work came after `Database.close()`."""


class DatabaseNewer(StoreError):
    """The database was brought up to date by a newer version of the program."""


class CampaignMissing(StoreError):
    """No campaign has this id."""


class RequestMissing(StoreError):
    """No request has this number."""


class CampaignFrozen(StoreError):
    """A launched campaign's definition and survey do not change any more."""


class SealBroken(StoreError):
    """A sealed address does not open: the secret is another one, or the bytes were changed."""
