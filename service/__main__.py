"""`python -m service` is the command `genklang`."""

from service.cli import main

main()
