"""What can be made of a contract: synthetic data, tests, documentation, exports, suggestions."""
