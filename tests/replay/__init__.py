"""Complaints of users of SageMaker Pipelines, replayed: each is impossible here, or found before AWS sees it.

Each test names the issues of github.com/aws/sagemaker-python-sdk that it replays, in our own words.
"""
