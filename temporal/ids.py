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


MAINTENANCE = "maintenance"
