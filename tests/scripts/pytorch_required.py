"""Imported first by tests that need PyTorch: they are skipped where it is missing.

REQUIRE_PYTORCH=1 makes a missing PyTorch a failure instead.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module

import pytest

# Traces that only PyTorch's own tools read; pytest would keep every line of them.
logging.getLogger("torch.__trace").propagate = False

for _name in ("torch", "lightning", "transformers"):
    if os.environ.get("REQUIRE_PYTORCH"):
        import_module(_name)
    else:
        pytest.importorskip(_name)
