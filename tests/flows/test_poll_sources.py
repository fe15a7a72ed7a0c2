"""What polling refuses because it is of one run."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streamdial.flows.poll import PollSettings


@pytest.mark.parametrize("given", [{"candidates": "kept.parquet"}, {"url": "https://example.org/watch"}])
def test_a_table_of_candidates_and_a_page_are_of_one_run(given: dict[str, str]) -> None:
    feeds = [{"kind": "pages", "at": "https://example.org"}]
    with pytest.raises(ValidationError, match="feed of the kind candidates"):
        PollSettings.model_validate({"domain": "hotel", "out": "polled", "feeds": feeds, "sources": given})
