"""The conversation: understanding, turns and texts."""
