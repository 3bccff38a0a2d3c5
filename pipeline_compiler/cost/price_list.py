"""Prices of a region from the AWS Price List. Imports botocore: import it where it is used."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.cost.prices import CostError, PriceGroup
from pipeline_compiler.cost.rules import NO_PRICE_LIST
from pipeline_compiler.uploads import refusal

if TYPE_CHECKING:
    import boto3

# Where the Price List answers; AWS Billing user guide, 'Using the AWS Price List Query API', read 2026-11.
_ENDPOINTS = {"cn": "cn-northwest-1", "eu": "eu-central-1", "ap": "ap-south-1"}
_ELSEWHERE = "us-east-1"
_USAGE = re.compile(r"(?:[A-Z0-9]+-)?(Train|Processing):(ml\.[a-z0-9-]+\.[a-z0-9]+)")
_VOLUME = re.compile(r"GB-Mo of (Training Job|Processing) ML storage", re.IGNORECASE)
_HEADER = "# Written by 'pipeline-compiler cost --refresh'. Name it with 'prices' in the pipeline section.\n"


def fetch_prices(session: boto3.Session, region: str) -> PriceGroup:
    """The on-demand prices of processing and training jobs in a region, as the Price List gives them today.

    Raises:
        CostError: (PC577) if the list cannot be asked, or gives no price for the region.
    """
    endpoint = _ENDPOINTS.get(region.partition("-")[0], _ELSEWHERE)
    client = session.client("pricing", region_name=endpoint)
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    pages = client.get_paginator("get_products").paginate(ServiceCode="AmazonSageMaker", Filters=filters)
    try:
        products = [json.loads(text) for page in pages for text in page["PriceList"]]
    except (BotoCoreError, ClientError) as error:
        cause = refusal(error, "asking the AWS Price List")
        raise CostError(
            NO_PRICE_LIST.error(
                cause.message,
                fix=cause.fix if "credentials" in cause.message else "grant pricing:GetProducts on '*'",
            )
        ) from error
    return _group(products, region, endpoint)


def write_prices(group: PriceGroup, path: Path) -> None:
    """Write a price file with one group, whole or not at all."""
    document = {"prices": [group.model_dump(mode="json", exclude_none=True)]}
    text = _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _group(products: Iterable[dict[str, Any]], region: str, endpoint: str) -> PriceGroup:
    instances: dict[str, dict[str, float]] = {"processing": {}, "training": {}}
    volumes: dict[str, float] = {}
    currencies: set[str] = set()
    for kind, item, amount, currency in _on_demand(products):
        currencies.add(currency)
        if item is None:
            volumes[f"{kind}_volume"] = amount
        else:
            instances[kind][item] = amount
    if len(currencies) != 1 or not (instances["processing"] or instances["training"]):
        raise CostError(
            NO_PRICE_LIST.error(
                f"the AWS Price List in {endpoint} gives no on-demand prices of SageMaker jobs in {region}",
                fix="check 'region' in the config's pipeline section; regions of other partitions need "
                "credentials of their own",
            )
        )
    return PriceGroup(
        region=region,
        currency=currencies.pop(),
        date=date.today(),
        source=f"AWS Price List (GetProducts) in {endpoint}",
        processing=dict(sorted(instances["processing"].items())),
        training=dict(sorted(instances["training"].items())),
        **volumes,
    )


def _on_demand(products: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str | None, float, str]]:
    """(processing or training, instance type or None for volumes, price, currency) of what is on demand."""
    for product in products:
        usage = _USAGE.fullmatch(product["product"]["attributes"].get("usagetype", ""))
        for term in product["terms"].get("OnDemand", {}).values():
            for dimension in term["priceDimensions"].values():
                volume = _VOLUME.search(dimension["description"])
                named = usage or volume
                if named is None:
                    continue
                kind = "training" if named[1].lower().startswith("train") else "processing"
                for currency, amount in dimension["pricePerUnit"].items():
                    if float(amount) > 0:
                        yield kind, usage[2] if usage else None, float(amount), currency
