"""Splink 5 on DuckDB, tuned in good faith: no evidence counted twice, values of many left out, frequencies used."""

from __future__ import annotations

import logging
import time
import warnings

import numpy as np
import pandas as pd

THRESHOLDS = (0.95, 0.99, 0.999)


def splink(frame: pd.DataFrame) -> tuple[dict[float, np.ndarray], float]:
    """Labels by threshold, and seconds for training, prediction and the clustering at one threshold."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    linked = cl.CustomComparison(
        output_column_name="linked",
        comparison_levels=[
            {
                "sql_condition": "account_l is null and account_r is null",
                "label_for_charts": "none",
                "is_null_level": True,
            },
            {
                "sql_condition": "declares_l = account_r or declares_r = account_l"
                " or (link_l = account_r and link_r = account_l)",
                "label_for_charts": "declared, or both ways",
            },
            {"sql_condition": "link_l = account_r or link_r = account_l", "label_for_charts": "one way"},
            {"sql_condition": "else", "label_for_charts": "not"},
        ],
    )
    exact = ("email", "phone", "customer_number", "order_number", "site", "avatar")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.92]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("handle").configure(term_frequency_adjustments=True),
            *(cl.ExactMatch(column).configure(term_frequency_adjustments=True) for column in exact),
            cl.ExactMatch("town").configure(term_frequency_adjustments=True),
            cl.ExactMatch("language"),
            linked,
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(column) for column in exact),
            block_on("any_handle"),
            block_on("name", "town"),
            block_on("name", "language"),
            "l.link = r.account",
            "l.declares = r.account",
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("email"), block_on("customer_number"), block_on("handle", "name")], recall=0.2
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("email"), block_on("any_handle"), block_on("name", "town")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    found: dict[float, np.ndarray] = {}
    seconds = 0.0
    for threshold in THRESHOLDS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold
        ).as_pandas_dataframe()
        seconds = seconds or time.perf_counter() - began
        found[threshold] = clusters.sort_values("unique_id")["cluster_id"].to_numpy()
    return found, seconds
