"""The PC50x codes: deploying."""

from __future__ import annotations
