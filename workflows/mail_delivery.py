"""The workflow of a mail."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from models.payloads.mails import MailDelivery, MailFailure

from . import calls


@workflow.defn(name="MailDelivery")
class MailDeliveryWorkflow:
    """Hand the mail to the relay, trying for a day; then give it up and say why."""

    @workflow.run
    async def run(self, order: MailDelivery) -> None:
        try:
            await calls.deliver_mail(order)
        except ActivityError as failure:
            reason = str(failure.cause or failure)[:500]
            await calls.give_up_mail(MailFailure(mail_id=order.mail_id, reason=reason))
