"""``python -m mechopt.cli``."""

from mechopt.cli.main import main

# Worker processes of a sweep import this module under another name.
if __name__ == "__main__":
    main()
