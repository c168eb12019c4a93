"""``python -m mechopt.cli``."""

from mechopt.cli.main import main

main()
