"""Tools and quotes as the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from activities.tools.base import Port, Tool
from activities.tools.parsing import Configuration


class PortView(BaseModel):
    name: str
    title: str
    kinds: list[str]
    required: bool
    many: bool


class ToolView(BaseModel):
    """A tool in the caller's language. ``parameters`` is a JSON Schema; the first value of an enum is its default.

    While it is ``paused``, calls are refused with ``tool_paused``; ``pause_reason`` says why.
    """

    id: str
    name: str
    description: str
    category: str
    inputs: list[PortView]
    parameters: dict[str, Any]
    outputs: list[PortView]
    pricing: dict[str, Any]
    version: str
    enabled: bool
    paused: bool
    pause_reason: str | None
    examples: list[dict[str, Any]]


class ToolList(BaseModel):
    data: list[ToolView]
    next_cursor: str | None = None


class QuoteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    model: str | None = Field(None, max_length=200, description="An id of /api/models.")


class QuoteView(BaseModel):
    """``credits`` is a ceiling for exactly this call until ``expires_at``."""

    quote_id: str
    credits: int
    breakdown: list[dict[str, Any]]
    expires_at: datetime


def view(tool: Tool, configuration: Configuration, language: str) -> ToolView:
    """Render a declaration in ``language`` ("zh" or "en")."""
    return ToolView(
        id=tool.id,
        name=tool.title.of(language),
        description=tool.description.of(language),
        category=tool.category,
        inputs=[_port(port, language) for port in tool.inputs],
        parameters=tool.params.model_json_schema(),
        outputs=[_port(port, language) for port in tool.outputs],
        pricing={"unit": "credits", "factor": configuration.price_factor, "quote": f"/api/tools/{tool.id}/quote"},
        version=tool.version,
        enabled=configuration.enabled,
        paused=configuration.paused is not None,
        pause_reason=configuration.paused or None,
        examples=list(tool.examples),
    )


def _port(port: Port, language: str) -> PortView:
    return PortView(
        name=port.name,
        title=port.title.of(language),
        kinds=[str(kind) for kind in port.kinds],
        required=port.required,
        many=port.many,
    )
