from __future__ import annotations

import sys

from tests.scripts.harness import SCRIPTS

# The container programs and their siblings import each other as plain modules, as they do in a bundle.
if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))
