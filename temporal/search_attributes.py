"""The one list of search attributes: the servers register it, the starters fill it."""

SEARCH_ATTRIBUTES: dict[str, str] = {
    "AccountId": "Keyword",
    "ToolId": "Keyword",
    "JobId": "Keyword",
    "PipelineId": "Keyword",
}
