"""What an execution costs at most, before it starts; and what past ones have cost."""

from pipeline_compiler.cost.bound import Charge, CostBound, cost_bound
from pipeline_compiler.cost.prices import Price, PriceTable, price_table

__all__ = ["Charge", "CostBound", "Price", "PriceTable", "cost_bound", "price_table"]
