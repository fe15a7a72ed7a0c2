"""Prefect's UI in a real browser: a run is started from the form, watched, and its artifact found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from streamdial.deployments.services import Services
from streamdial.testing import MockEndpoint
from tests.prefect_api import PrefectApi
from tests.services.test_services import make_settings

pytestmark = [pytest.mark.services, pytest.mark.browser]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PICTURES = os.environ.get("STREAMDIAL_PICTURES")
"""Folder in which screenshots are kept, where one is named."""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_run_is_started_from_the_form_and_its_artifact_is_found(
    api: PrefectApi, services: Services, endpoint: MockEndpoint, tmp_path: Path
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    settings = make_settings(tmp_path / "hotel", endpoint)
    deployment = api.find_deployment("stream/stream-hotel")
    api.ask("PATCH", f"/deployments/{deployment['id']}", parameters={"settings": settings})
    url = services.environment["PREFECT_API_URL"].removesuffix("/api")
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(60_000)
            page.goto(url)
            page.locator("input").first.fill(services.environment["PREFECT_API_AUTH_STRING"])
            page.keyboard.press("Enter")
            page.get_by_text("Dashboard").first.wait_for()
            page.goto(f"{url}/deployments/deployment/{deployment['id']}/run")
            field = page.locator(".schema-form-property", has_text="Dialogues to make.").last.locator("input").first
            assert field.input_value() == "8"
            assert page.get_by_text("Property is type None").count() == 0
            field.scroll_into_view_if_needed()
            _keep(page, "ui_form.png")
            name = "started from the form"
            page.locator("input").first.fill(name)
            field.fill("6")
            page.get_by_role("button", name="Submit").click()
            api.wait(lambda: bool(_find_runs(api, name)), 60, "the form's run is made")
            (run,) = _find_runs(api, name)
            assert api.wait_for_end(run) == "COMPLETED"
            page.goto(f"{url}/runs/flow-run/{run}")
            page.get_by_text("hotel: 6 dialogues to hotel").first.wait_for()
            page.get_by_text("Completed").first.wait_for()
            _keep(page, "ui.png")
            page.get_by_text("Artifacts").first.click()
            page.get_by_text("Counts by phase.").first.wait_for()
            _keep(page, "ui_artifacts.png")
            browser.close()
    finally:
        api.ask("PATCH", f"/deployments/{deployment['id']}", parameters=deployment["parameters"])


def _find_runs(api: PrefectApi, name: str) -> list[str]:
    # The flow gives its run another name when it begins.
    found = api.ask("POST", "/flow_runs/filter", flow_runs={"name": {"any_": [name, "hotel: 6 dialogues to hotel"]}})
    return [str(run["id"]) for run in found.json()]


def _keep(page: object, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(3000)  # type: ignore[attr-defined]
        page.screenshot(path=str(Path(PICTURES) / name))  # type: ignore[attr-defined]
