"""The outreach: charter, lifecycle, audience, waves, coverage, statistics, disclosure control. Pure: no I/O, time and chance are arguments."""
