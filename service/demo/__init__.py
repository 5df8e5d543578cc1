"""A synthetic municipality in dialogue: real processes on this machine, conducted along a shared clock. Speaks with the sandbox over HTTP alone."""
