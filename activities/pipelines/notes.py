"""What people are told of a run: hints to open streams, and what its notify steps say."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.graphs.graph import Node
from models.graphs.nodes import NotifyParameters
from models.repositories.events import Events
from models.repositories.mails import Mails
from models.repositories.users import Users
from models.session import Database
from models.tables import Run

TEMPLATE = "pipeline_note"


class Notes:
    """Tells; a hint that is lost costs two seconds, a mail is sent by the sweep at the latest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tell(self, run: Run) -> None:
        """Wake whoever listens to the run."""
        await self._database.once(lambda session: Events(session).notify_run(run))

    async def send(self, session: AsyncSession, run: Run, step: str, node: Node) -> None:
        """What a notify step says, by an event or by mail to the run's owner, in the transaction of the step."""
        note = NotifyParameters.model_validate(node.parameters)
        await Events(session).record_run(run, "run.note", {"step": step, "message": note.message})
        if note.channel == "mail" and run.user_id is not None:
            owner = await Users(session).get(run.user_id)
            values = {"message": note.message, "run_id": run.id, "path": f"/runs/{run.id}"}
            await Mails(session).open(owner.email, TEMPLATE, owner.language, values, run.request_id)
