"""The doors residents come through: one package per channel, strangers to each other; `api` holds what they share."""
