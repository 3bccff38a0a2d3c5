"""Specifications, the graph, the dependency resolver and expressions."""
