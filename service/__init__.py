"""The running program: settings, wiring, inbox, outbox, clock and command line."""
