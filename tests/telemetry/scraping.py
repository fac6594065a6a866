"""Metrics as Prometheus reads them."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.waiting import PATIENCE_SECONDS

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples_of(text: str) -> Samples:
    """Return each sample's value by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(samples: Samples, name: str, **labels: str) -> float:
    """Return the sum of the samples that have these labels."""
    wanted = set(labels.items())
    return sum(value for (found, about), value in samples.items() if found == name and wanted <= set(about))


async def scrape(url: str, token: str = "") -> Samples:
    """Ask a site for its metrics, over a connection of its own: whichever process takes it."""
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(f"{url}/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return samples_of(answer.text)
