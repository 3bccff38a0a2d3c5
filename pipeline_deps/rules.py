"""The PC2xx codes (specifications, expressions) and PC3xx codes (graph and wiring)."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

NODE_TYPE = Rule(
    "PC201",
    "a step's ports contradict its node type",
    "A SOURCE has outputs and no dependencies, a SINK dependencies and no outputs, an INTERNAL step "
    "both, a SINGULAR step neither.",
)
MISALIGNED = Rule(
    "PC202",
    "a specification and its script contract do not agree",
    "A Processing or Training step has a contract of that job kind. Every dependency and every config "
    "input is a key of the contract's expected_input_paths, every output a key of its "
    "expected_output_paths, and nothing in the contract is left over. That is how a wire finds the "
    "container path without anybody writing it twice. An output that stands in for another step's promises "
    "something in the contract, so that every wire is compared as a wire from that step would be.",
)
PROPERTY_PATH = Rule(
    "PC203",
    "an explicit property_path differs from the one that the job kind gives",
    "Where a finished step's output is found follows from the kind of job and the output's logical "
    "name; leave property_path out, or give exactly that path.",
)
DUPLICATE_PORT = Rule(
    "PC204",
    "two dependencies or two outputs of one step share a name",
    "Logical names and aliases identify a port within its step.",
)
JOB_TYPE_VARIANT = Rule(
    "PC205",
    "a job type that the step does not have",
    "A step lists the job types that it comes in; its name in a template carries one of them. A step "
    "without job types takes none.",
)
UNKNOWN_SOURCE = Rule(
    "PC206",
    "compatible_sources names a step that does not exist",
    "The registry is a closed world: an allow-list entry that matches no registered step would silently "
    "allow nothing. So is stands_in_for.",
)
DUPLICATE_STEP = Rule(
    "PC207",
    "two specifications register the same step type",
    "A step type names exactly one specification.",
)
IMPOSSIBLE_NAME = Rule(
    "PC209",
    "a step or port has a name that no template can use",
    "Step types and logical names consist of letters, digits, '_' and '-': a template names them in edges "
    "such as 'Clean.data -> Train.data', and they become names and addresses in the pipeline's definition.",
)
UNKNOWN_STEP = Rule(
    "PC208",
    "no step of that type is registered",
    "A node of a template is named by its step type, with _<job type> where the step has variants; a node "
    "with another name says its type with 'step:'.",
)
EXPRESSION_MISUSED = Rule(
    "PC221",
    "an expression is used where a plain value is needed",
    "Parameters and step properties have no value until the pipeline runs. Putting one in an f-string, "
    "str(), arithmetic, a comparison or a typed field would freeze its Python representation into the "
    "definition. Use Join to build strings, and a Condition step to compare.",
)
INCOMPATIBLE_STEPS = Rule(
    "PC211",
    "a producer's outputs cannot satisfy a consumer's dependencies",
    "Dependency type, data type, compatible_sources and job type must all fit.",
)
DUPLICATE_NODE = Rule("PC301", "two nodes share a name", "A node's name identifies it within its pipeline.")
UNKNOWN_NODE = Rule(
    "PC302",
    "an edge names a node that the template does not have",
    "Both ends of an edge are nodes listed under 'steps'.",
)
CYCLE = Rule(
    "PC303",
    "the steps form a cycle",
    "A pipeline is a directed acyclic graph: no step may need its own result.",
)
BAD_EDGE = Rule(
    "PC304",
    "an edge is not written as 'A -> B' or 'A.OUTPUT -> B.INPUT'",
    "An edge joins two different nodes; after a dot it may name the ports.",
)
UNKNOWN_PORT = Rule(
    "PC305",
    "an edge names a port that the step does not have",
    "The port before the arrow is an output (logical name or alias) of the producer, the one after it a "
    "dependency of the consumer.",
)
MISSING_INPUT = Rule(
    "PC310",
    "a required input has no source",
    "No output of the steps that lead to this one passes every gate: dependency type, data type, "
    "compatible sources, job type. Every candidate is listed with the gate that it failed. An output of a "
    "step of your own passes where it says with stands_in_for which compatible source it takes the place of.",
)
AMBIGUOUS_INPUT = Rule(
    "PC311",
    "two sources fit an input equally well, or two inputs a source",
    "The scores are too close to call, and guessing would wire the wrong data one day. Name the ports on "
    "the edge that is meant.",
)
PORTS_DO_NOT_FIT = Rule(
    "PC312",
    "an edge names ports that do not fit each other",
    "Naming both ports on an edge overrides the scores, compatible_sources and job types, but not what the "
    "data is: a METRICS output cannot feed a MODEL input. An edge that names one port must use it.",
)
INPUT_WIRED_TWICE = Rule(
    "PC313",
    "two edges feed the same input",
    "An input has one source: one edge, or the config, never both.",
)
DISCONNECTED = Rule(
    "PC314",
    "an edge carries no data",
    "The edge orders the two steps (DependsOn) and nothing more. Where data was meant to flow, the "
    "explanation of the wiring shows why it does not.",
)
CONTRACT_VIOLATED = Rule(
    "PC320",
    "what one step guarantees violates what the next one requires",
    "Step contracts are compared along every wire: format, columns, types, nullability and quality "
    "checks. A clause that only the data can decide is left to run time; one that the guarantee "
    "contradicts can never hold.",
)
