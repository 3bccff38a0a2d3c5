"""Config and builder of CradleDataLoading."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from step_builders.core.config import ListOfNames, ProcessingConfig, StepConfig
from step_builders.core.processing import build_processing
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.source_adapters import find_adapter
from step_builders.core.step import StepDeclaration
from step_builders.core.table_sources import TableSource, bundled_source
from step_specs.cradle_data_loading import CRADLE_DATA_LOADING_SPEC


class CradleDataLoadingConfig(ProcessingConfig):
    """Where the data comes from."""

    source: TableSource = Field(description="the table to load", examples=["files: s3://bucket/raw/"])
    columns: ListOfNames = Field((), description="columns to keep; all if not given")


def build_data_loading(context: BuildContext) -> StepRequest:
    """A processing step; one that unloads a query also gets the place to unload to."""
    request = build_processing(context)
    assert isinstance(context.config, CradleDataLoadingConfig)
    if context.config.source.unload is None:
        return request
    variables = {
        **request.arguments.get("Environment", {}),
        "SOURCE_UNLOAD_URI": context.output_uri("unload"),
    }
    return replace(request, arguments={**request.arguments, "Environment": variables})


def source_files(config: StepConfig) -> Mapping[str, bytes]:
    """What of the source travels in the code bundle: long settings, and the program of an adapter.

    Raises:
        PipelineCompilerError: (PC440, PC441) the adapter is missing or broken.
    """
    assert isinstance(config, CradleDataLoadingConfig)
    files = dict(bundled_source(config.source))
    if config.source.adapter is not None:
        files["source_adapter.py"] = find_adapter(config.source.adapter).program.read_bytes()
    return files


CRADLE_DATA_LOADING_STEP = StepDeclaration(
    CRADLE_DATA_LOADING_SPEC, CradleDataLoadingConfig, build_data_loading, source_files
)
