"""The one list of search attributes: the servers register it, the starters fill it."""

SEARCH_ATTRIBUTES: dict[str, str] = {
    "AccountId": "Keyword",
    "ToolId": "Keyword",
    "JobId": "Keyword",
    "PipelineId": "Keyword",
    "PipelineRunId": "Keyword",
}

STUCK = 'TemporalReportedProblems IN ("category=WorkflowTaskFailed") AND ExecutionStatus = "Running"'
"""Finds workflows whose task failed; the server sets the attribute and takes it back when one succeeds."""
