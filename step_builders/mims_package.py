"""Config of MimsPackage."""

from pydantic import Field

from step_builders.core.config import ProcessingConfig, Source
from step_builders.core.step import StepDeclaration
from step_specs.mims_package import MIMS_PACKAGE_SPEC


class MimsPackageConfig(ProcessingConfig):
    """What goes into the archive beside the model."""

    inference_scripts_input: Source | None = Field(
        None, description="a folder with an inference.py of your own"
    )


MIMS_PACKAGE_STEP = StepDeclaration(MIMS_PACKAGE_SPEC, MimsPackageConfig)
