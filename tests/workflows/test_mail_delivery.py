"""A mail is tried for a day, and then its row says why it was given up."""

from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from models.errors import Unavailable
from models.payloads.mails import MailDelivery, MailFailure
from temporal.plugin import workshop_plugin
from temporal.queues import CORE
from workers.embedded.binaries import script
from workflows.mail_delivery import MailDeliveryWorkflow
from workflows.starts import start_mail


class Relay:
    """Stands in for the mail activities; down for the first ``outage`` attempts."""

    def __init__(self, outage: int) -> None:
        self.outage, self.attempts, self.given_up = outage, 0, ""

    @activity.defn(name="mails.deliver")
    async def deliver(self, delivery: MailDelivery) -> None:
        self.attempts += 1
        if self.attempts <= self.outage:
            raise Unavailable(part="SMTP")

    @activity.defn(name="mails.give_up")
    async def give_up(self, failure: MailFailure) -> None:
        self.given_up = failure.reason


@pytest.mark.parametrize(("outage", "given_up"), [(0, False), (5, False), (10**6, True)])
async def test_a_relay_that_is_down_is_waited_for_a_day(outage, given_up):
    relay = Relay(outage)
    server = await WorkflowEnvironment.start_time_skipping(
        plugins=[workshop_plugin()], test_server_existing_path=script("temporal-test-server")
    )
    async with server as environment:
        worker = Worker(
            environment.client,
            task_queue=CORE,
            workflows=[MailDeliveryWorkflow],
            activities=[relay.deliver, relay.give_up],
        )
        async with worker:
            await start_mail(environment.client, "mail_1")
            await start_mail(environment.client, "mail_1")
            await environment.sleep(timedelta(hours=23))
            after_23_hours = relay.given_up
            await environment.sleep(timedelta(hours=2))
            ended = await environment.client.get_workflow_handle("mail-mail_1").describe()
    assert ended.status == WorkflowExecutionStatus.COMPLETED
    assert after_23_hours == "" and ("SMTP" in relay.given_up) == given_up
    assert relay.attempts > outage or given_up
