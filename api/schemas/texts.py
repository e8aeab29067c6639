"""Texts and their templates as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from models.repositories.texts import blanks
from models.tables import Job, TextTemplate

from .base import Body, Label, View

Brief = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class WrittenText(View):
    """What a job wrote: ``brief`` is what it was asked for, ``texts`` and ``file_ids`` what came of it."""

    job_id: str
    tool_id: str
    brief: str
    parameters: dict[str, Any]
    texts: list[str]
    file_ids: list[str]
    engine: str | None
    created_at: datetime


class WrittenPage(View):
    data: list[WrittenText]
    next_cursor: str | None


class NewTextTemplate(Body):
    """``text`` is a brief; its blanks are written ``{{product}}``."""

    name: Label
    tool_id: str
    text: Brief
    parameters: dict[str, Any] = {}


class TextTemplateChange(Body):
    name: Label | None = None
    text: Brief | None = None
    parameters: dict[str, Any] | None = None


class TextTemplateUse(Body):
    """Words for the blanks, and parameters over those of the template."""

    fields: dict[str, Annotated[str, StringConstraints(max_length=5_000)]] = Field({}, max_length=100)
    parameters: dict[str, Any] = {}


class TextTemplateView(View):
    """``blanks`` are the names that ``fields`` must fill."""

    id: str
    name: str
    tool_id: str
    text: str
    blanks: list[str]
    parameters: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class TextTemplatePage(View):
    data: list[TextTemplateView]
    next_cursor: str | None


def template_view(row: TextTemplate) -> TextTemplateView:
    return TextTemplateView(
        id=row.id,
        name=row.name,
        tool_id=row.tool_id,
        text=row.text,
        blanks=blanks(row.text),
        parameters=row.parameters,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def written_view(job: Job) -> WrittenText:
    texts = job.data.get("texts") or [job.data["text"]] if "texts" in job.data or "text" in job.data else []
    return WrittenText(
        job_id=job.id,
        tool_id=job.tool_id,
        brief=" ".join(job.inputs["texts"].values()),
        parameters=job.parameters,
        texts=[str(each) for each in texts],
        file_ids=[each["file_id"] for each in job.outputs],
        engine=job.engine,
        created_at=job.created_at,
    )
