"""The PC70x-PC77x codes: what container programs report."""

from __future__ import annotations
