"""Texts that were written for an account, and the briefs that it keeps as templates."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import Conflict, InvalidInput, NotFound, wrong
from ..ids import new_id
from ..tables import Account, Job, TextTemplate

MOST_TEMPLATES = 500
"""Of an account."""

BLANK = re.compile(r"\{\{\s*([^{}\s][^{}]{0,59}?)\s*\}\}")
"""``{{product}}``: a name of at most 60 characters."""


def blanks(text: str) -> list[str]:
    """The names of a template's blanks, each once, in their order."""
    return list(dict.fromkeys(BLANK.findall(text)))


def filled(text: str, fields: Mapping[str, str]) -> str:
    """The template with its blanks filled; raises ``InvalidInput`` for blanks without a word, or words without one."""
    names = blanks(text)
    errors = [wrong(f"fields.{name}", "必填", "this blank wants words") for name in names if not fields.get(name)]
    errors += [
        wrong(f"fields.{name}", "模板中没有这个空位", "the template has no such blank")
        for name in fields
        if name not in names
    ]
    if errors:
        raise InvalidInput(errors=errors)
    return BLANK.sub(lambda found: fields[found[1]], text)


class Texts:
    """Verbs of texts inside the caller's transaction. What is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def written(
        self, account_id: str, tools: Collection[str], limit: int, before: str | None, q: str | None
    ) -> list[Job]:
        """Jobs of ``tools`` that succeeded, newest first; ``q`` searches what was asked for and what was written."""
        query = (
            select(Job)
            .where(Job.account_id == account_id, Job.tool_id.in_(tools), Job.status == "succeeded")
            .order_by(Job.id.desc())
            .limit(limit)
        )
        if before:
            query = query.where(Job.id < before)
        if q:
            told = func.concat(Job.inputs["texts"].astext, " ", Job.data["texts"].astext, " ", Job.data["text"].astext)
            query = query.where(told.icontains(q, autoescape=True))
        return list((await self.session.execute(query)).scalars())

    async def keep(
        self, account_id: str, user_id: str, name: str, tool_id: str, text: str, parameters: dict[str, Any]
    ) -> TextTemplate:
        """A new template; raises ``Conflict`` where there are too many."""
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        count = select(func.count()).select_from(TextTemplate).where(TextTemplate.account_id == account_id)
        if (await self.session.execute(count)).scalar_one() >= MOST_TEMPLATES:
            raise Conflict(
                reason=f"An account keeps {MOST_TEMPLATES} templates at most. Delete those that you no longer use.",
                reason_zh=f"最多保存 {MOST_TEMPLATES} 个模板。请先删除不用的。",
            )
        template = TextTemplate(
            id=new_id("text_template"),
            account_id=account_id,
            user_id=user_id,
            name=name,
            tool_id=tool_id,
            text=text,
            parameters=parameters,
        )
        self.session.add(template)
        await self.session.flush()
        return template

    async def get(self, account_id: str, template_id: str) -> TextTemplate:
        """Raises ``NotFound``."""
        query = select(TextTemplate).where(TextTemplate.id == template_id, TextTemplate.account_id == account_id)
        found = (await self.session.execute(query)).scalar()
        if found is None:
            raise NotFound(what="template")
        return found

    async def change(self, account_id: str, template_id: str, changes: Mapping[str, Any]) -> TextTemplate:
        """Raises ``NotFound``."""
        template = await self.get(account_id, template_id)
        for column, value in changes.items():
            setattr(template, column, value)
        template.updated_at = func.now()
        await self.session.flush()
        await self.session.refresh(template)
        return template

    async def forget(self, account_id: str, template_id: str) -> None:
        """Raises ``NotFound``."""
        template = await self.get(account_id, template_id)
        await self.session.execute(delete(TextTemplate).where(TextTemplate.id == template.id))

    async def forget_all(self, account_id: str) -> None:
        """Forget every template of the account."""
        await self.session.execute(delete(TextTemplate).where(TextTemplate.account_id == account_id))

    async def list(self, account_id: str, limit: int, before: str | None, q: str | None) -> list[TextTemplate]:
        """Newest first, below the id ``before``; ``q`` searches names and texts."""
        query = select(TextTemplate).where(TextTemplate.account_id == account_id).order_by(TextTemplate.id.desc())
        if before:
            query = query.where(TextTemplate.id < before)
        if q:
            query = query.where((TextTemplate.name + " " + TextTemplate.text).icontains(q, autoescape=True))
        return list((await self.session.execute(query.limit(limit))).scalars())
