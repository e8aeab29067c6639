"""What can end the run of a pipeline, or be wrong with what is asked of it."""

from .base import DomainError


class ExpressionFailed(DomainError):
    code = "expression_failed"
    status = 422
    title = {"zh": "表达式无法计算", "en": "An expression failed"}
    message = {
        "zh": "表达式无法计算:{reason}。请检查它用到的名称和类型。",
        "en": "The expression could not be computed: {reason}. Check the names and types that it uses.",
    }


class BudgetRefused(DomainError):
    code = "budget_refused"
    status = 402
    title = {"zh": "超出预算", "en": "Over budget"}
    message = {
        "zh": "此步骤需要 {needed} 积分,预算还剩 {left},追加未获批准。",
        "en": "This step needs {needed} credits, {left} of the budget are left, and no more was approved.",
    }


class RunOpen(DomainError):
    code = "run_open"
    status = 409
    title = {"zh": "运行尚未结束", "en": "The run has not ended"}
    message = {"zh": "运行结束后才能这样做。", "en": "This can be done once the run has ended."}


class NotWaiting(DomainError):
    code = "not_waiting"
    status = 409
    title = {"zh": "没有等待的决定", "en": "Nothing to decide"}
    message = {
        "zh": "步骤 {step} 没有在等待决定。",
        "en": "The step {step} does not wait for a decision.",
    }


class JobCanceled(DomainError):
    code = "canceled"
    status = 409
    title = {"zh": "任务已取消", "en": "The job was canceled"}
    message = {"zh": "此步骤的任务已被取消。", "en": "The job of this step was canceled."}


class HttpRefused(DomainError):
    code = "http_refused"
    status = 422
    title = {"zh": "不允许访问该地址", "en": "The address may not be reached"}
    message = {
        "zh": "不允许访问 {host}:只能访问公网的 http 和 https 地址。",
        "en": "{host} may not be reached: only public addresses by http and https may.",
    }


class HttpFailed(DomainError):
    code = "http_failed"
    status = 502
    retryable = True
    title = {"zh": "对方没有应答", "en": "The other side gave no good answer"}
    message = {"zh": "请求失败({reason})。", "en": "The call failed ({reason})."}
