"""What deployments hand to their flows, looked at before they are deployed: Prefect's server takes almost anything.

A run that is refused by its own flow fails before it has told the warehouse anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flows.errors import SettingError
from flows.settings import PROJECT

if TYPE_CHECKING:
    from prefect.flows import Flow

AT_THE_SERVER = ("__prefect_kind", "$ref", "{{")  # a variable, a block, a template: known when the run begins


def refuse_invalid(deployments: Iterable[dict[str, Any]]) -> None:
    """Raise SettingError for the first deployment whose flow would refuse its parameters, with what it would say.

    One that has none and runs by itself never is for a person to fill in.
    """
    from prefect.exceptions import ParameterBindError, ParameterTypeError, SignatureMismatchError  # 3 s
    from prefect.flows import load_flow_from_entrypoint

    flows: dict[str, Flow[..., Any]] = {}
    told = logging.getLogger("prefect.flows")
    told.disabled, was = True, told.disabled  # it would say the same, longer
    try:
        for deployment in deployments:
            parameters = deployment.get("parameters") or {}
            by_itself = deployment.get("schedules") or deployment.get("triggers")
            if not (parameters or by_itself) or any(mark in str(parameters) for mark in AT_THE_SERVER):
                continue
            place = deployment["entrypoint"]
            if place not in flows:
                file = f"{PROJECT}/{place}" if ":" in place else place
                flows[place] = load_flow_from_entrypoint(file, use_placeholder_flow=False)
            try:
                flows[place].validate_parameters(parameters)
            except (ParameterBindError, ParameterTypeError, SignatureMismatchError) as error:
                said = str(error).removeprefix("Flow run received invalid parameters:\n - ").replace("\n - ", "; ")
                raise SettingError(f"prefect.yaml, {deployment['name']}: {said}. Nothing was deployed") from error
    finally:
        told.disabled = was
