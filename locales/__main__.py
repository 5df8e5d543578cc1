"""`python -m locales`: refresh the template from the code, and every catalog from the template."""

from __future__ import annotations

import sys

from locales.extraction import refresh

if __name__ == "__main__":
    for code, count in refresh().items():
        sys.stdout.write(f"{code}: {count} texts to translate\n")
