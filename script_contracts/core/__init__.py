"""The contract model and the values that every layer shares: diagnostics, declarations, discovery."""
