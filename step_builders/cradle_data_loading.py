"""Config of CradleDataLoading."""

from pydantic import Field

from step_builders.core.config import FileSource, ListOfNames, ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.cradle_data_loading import CRADLE_DATA_LOADING_SPEC


class CradleDataLoadingConfig(ProcessingConfig):
    """Where the data comes from."""

    source: FileSource = Field(description="the files to load")
    columns: ListOfNames = Field((), description="columns to keep; all if not given")


CRADLE_DATA_LOADING_STEP = StepDeclaration(CRADLE_DATA_LOADING_SPEC, CradleDataLoadingConfig)
