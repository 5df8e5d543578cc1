"""The conversation, the forms and what they are read from."""
