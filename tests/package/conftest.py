"""Tests of what takes long belong to `make test-package`; the others run in `make test` too."""

import os

SLOW = ["test_page.py", "test_install.py"]

collect_ignore_glob = [] if os.environ.get("DUALSTACK_PACKAGE") else SLOW
