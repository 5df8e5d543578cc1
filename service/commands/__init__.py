"""What the commands do, one module a subject. How they are called on the command line lives in `service.cli`."""
