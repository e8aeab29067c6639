"""Workflow ids, derived from the row they work for, so that a second start of the same work is refused."""


def of_job(job_id: str) -> str:
    return f"job-{job_id}"


def of_run(run_id: str) -> str:
    return f"run-{run_id}"


def of_section(run_id: str, step: str, first: int) -> str:
    return f"run-{run_id}/{step}-{first}"


def of_batch(batch_id: str, round_number: int) -> str:
    return f"batch-{batch_id}-{round_number}"


def of_results(batch_id: str, round_number: int) -> str:
    return f"batch-{batch_id}-{round_number}-results"


def of_file(file_id: str) -> str:
    return f"file-{file_id}"


def of_mail(mail_id: str) -> str:
    return f"mail-{mail_id}"


def of_firing(firing_id: str) -> str:
    return f"firing-{firing_id}"


def of_subscription(subscription_id: str) -> str:
    return f"subscription-{subscription_id}"


def of_purchase(purchase_id: str) -> str:
    return f"purchase-{purchase_id}"


SCHEDULES = "automation-"


def of_schedule(automation_id: str, revision: int, year: int) -> str:
    """Of a schedule, and of its workflows up to their time. A new year brings new changes of clocks."""
    return f"{SCHEDULES}{automation_id}-{revision}-{year}"


MAINTENANCE = "maintenance"
RECONCILE = "reconcile"
