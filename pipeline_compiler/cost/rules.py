"""The PC574-PC578 codes: cost."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

UNKNOWN_PRICE = Rule(
    "PC574",
    "no price is known for something that the pipeline uses",
    "A bound counts every instance and every volume, so what has no price is an error and never zero. The "
    "compiler ships the few on-demand prices that could be verified, each with its date and source. "
    "'pipeline-compiler cost CONFIG --refresh' writes all prices of the region from the AWS Price List into "
    "a file of yours, which 'prices' in the config's pipeline section names.",
)
OVER_BUDGET = Rule(
    "PC575",
    "one execution may cost more than the budget",
    "The bound is on-demand price x instances x run-time limit, plus volumes, for all steps of both branches "
    "of every condition, with every retry; for a tuning step that of one training job times "
    "MaxNumberOfTrainingJobs. Jobs mostly end long before their limit: lower "
    "max_runtime_seconds to what they need, or raise 'budget' in the config's pipeline section.",
)
BAD_PRICES = Rule(
    "PC576",
    "a price file cannot be used",
    "It is a list of groups under 'prices', each with region, currency, date, source, and prices per hour by "
    "instance type under 'processing' and 'training', and per GB-month under 'processing_volume' and "
    "'training_volume'. 'pipeline-compiler cost CONFIG --refresh' writes such a file.",
)
NO_PRICE_LIST = Rule(
    "PC577",
    "the AWS Price List did not give prices",
    "The Price List answers in us-east-1, eu-central-1 and ap-south-1, and in cn-northwest-1 for China, "
    "and needs the permission pricing:GetProducts. Nothing has been written.",
)
UNBOUNDED = Rule(
    "PC578",
    "a step's cost has no bound, or one that a parameter can lift",
    "A bound needs a run-time limit, and an instance type and count that are known or that a parameter lists "
    "with 'allowed'; that of a tuning step also MaxNumberOfTrainingJobs. For a parameter that accepts "
    "anything, the bound holds for its default.",
)
