"""The command line, as ``python -m artlens``."""

from .cli import main

if __name__ == "__main__":
    main()
