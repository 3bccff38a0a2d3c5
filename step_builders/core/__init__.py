"""Config models, one builder per SageMaker job kind, and what step declarations are made of."""
