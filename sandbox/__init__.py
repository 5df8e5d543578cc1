"""Local stand-ins for Telegram, Twilio and the mail world, and simulated residents. Speaks the wire only: imports nothing of the service."""
