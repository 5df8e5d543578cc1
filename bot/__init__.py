"""The conversation: surveys, understanding an answer, turns and texts. Pure: no I/O, time and chance are arguments."""
