"""By what two calls of a tool are the same: tool, version, parameters, what its inputs hold, and what would make it."""

import hashlib
import json

from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories.files import Files
from models.settings import Settings

from ..inference.manifest import read_manifest
from ..inference.registry import weights_of
from ..tools.parsing import Call

MAKERS = {
    "text_providers", "checkpoints", "inpainting", "content_producer", "visible_sign",
    "moderation", "moderation_threshold", "moderation_words",
}  # fmt: skip
"""Settings on which depends what a tool makes, or whether it may."""
SECRETS = {"text_providers": {"__all__": {"api_key"}}}


class Fingerprints:
    """Digests of calls on this installation: its engines and labels by settings count as part of the tools."""

    def __init__(self, settings: Settings) -> None:
        self._installation = settings.model_dump(mode="json", include=MAKERS, exclude=SECRETS)

    async def of(self, session: AsyncSession, account_id: str, call: Call, language: str) -> str:
        """SHA-256 (hexadecimal) of the call; files count by their content, in their order."""
        rows = await Files(session).chosen(account_id, call.file_ids)
        files = {port: [rows[each].sha256 for each in ids] for port, ids in call.files.items()}
        engines = sorted({weight for engine in call.tool.engines(call.params) for weight in weights_of(engine)})
        published = read_manifest()
        weights = {name: published[name].sha256 for name in engines}
        parameters = call.params.model_dump(mode="json")
        whole = [call.tool.id, call.tool.version, parameters, files, call.texts, language, weights, self._installation]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()
