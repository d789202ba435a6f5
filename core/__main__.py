"""`python -m core`: the gateway without a window."""

import sys

from core.headless import main

if __name__ == "__main__":
    sys.exit(main())
