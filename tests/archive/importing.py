"""How members hand in a file."""

from typing import Any

from django.test import AsyncClient

IMPORT = "/chat/api/import/"
ZIP = "application/zip"
JSON = "application/json"


async def hand_in(client: AsyncClient, raw: bytes, content_type: str = JSON) -> Any:
    return await client.post(IMPORT, raw, content_type=content_type)
