"""What can keep a batch from beginning, or be wrong with what is asked of it."""

from .base import DomainError


class UnreadableRows(DomainError):
    code = "unreadable_rows"
    status = 422
    title = {"zh": "无法读取数据行", "en": "The rows cannot be read"}
    message = {
        "zh": "第 {line} 行无法读取:{reason}。支持 CSV(UTF-8 或 GB18030)、JSONL、zip 和文件 ID 列表。",
        "en": "Line {line} cannot be read: {reason}. CSV (UTF-8 or GB18030), JSONL, zip and file ids are taken.",
    }


class BatchOverBudget(DomainError):
    code = "batch_over_budget"
    status = 402
    title = {"zh": "批次超出预算", "en": "The batch is over its budget"}
    message = {
        "zh": "此批次最多需要 {needed} 积分,预算为 {budget}。请提高预算或减少行数。",
        "en": "This batch may need {needed} credits and its budget is {budget}. Raise the budget or take fewer rows.",
    }


class BatchOpen(DomainError):
    code = "batch_open"
    status = 409
    title = {"zh": "批次尚未结束", "en": "The batch has not ended"}
    message = {"zh": "批次结束后才能这样做。", "en": "This can be done once the batch has ended."}


class BatchEnded(DomainError):
    code = "batch_ended"
    status = 409
    title = {"zh": "批次已结束", "en": "The batch has ended"}
    message = {"zh": "批次已结束,不能暂停或继续。", "en": "The batch has ended and can be neither paused nor resumed."}


class NothingToRetry(DomainError):
    code = "nothing_to_retry"
    status = 409
    title = {"zh": "没有可重试的行", "en": "Nothing to retry"}
    message = {
        "zh": "此批次没有失败且可以重新运行的行。",
        "en": "This batch has no failed rows that could run now.",
    }


class NoResults(DomainError):
    code = "no_results"
    status = 409
    title = {"zh": "没有结果", "en": "No results"}
    message = {"zh": "此批次没有成功的行。", "en": "No row of this batch has succeeded."}


class ResultsTooLarge(DomainError):
    code = "results_too_large"
    status = 422
    title = {"zh": "结果过大", "en": "The results are too large"}
    message = {
        "zh": "结果共 {size} MB,打包上限为 {limit} MB。请按行下载。",
        "en": "The results have {size} MB and a zip may have {limit}. Download them row by row.",
    }
