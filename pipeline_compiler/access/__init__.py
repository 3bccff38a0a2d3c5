"""Who may do what: the least that a pipeline's execution role and its deployer need, as IAM policies."""

from pipeline_compiler.access.deployer import deployer_policy, trust_policy
from pipeline_compiler.access.execution import execution_policy
from pipeline_compiler.access.policy import Policy, Statement

__all__ = ["Policy", "Statement", "deployer_policy", "execution_policy", "trust_policy"]
