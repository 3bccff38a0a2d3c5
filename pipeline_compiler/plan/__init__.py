"""What deploying would change: the deployed pipeline against the compiled one, before anything happens."""
