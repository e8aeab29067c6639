"""What can be wrong with a request itself, or with reaching what it asks for."""

from typing import Any

from .base import DomainError


class Unauthenticated(DomainError):
    code = "unauthenticated"
    status = 401
    title = {"zh": "未登录", "en": "Not signed in"}
    message = {"zh": "{reason_zh}", "en": "{reason}"}

    def __init__(
        self,
        *,
        reason: str = "Sign in, or send a valid session token or API key.",
        reason_zh: str = "请登录,或提供有效的会话令牌或 API 密钥。",
        **rest: Any,
    ) -> None:
        super().__init__(reason=reason, reason_zh=reason_zh, **rest)


class Forbidden(DomainError):
    """Never for what belongs to someone else (that is ``NotFound``): the caller is known but may not do this."""

    code = "forbidden"
    status = 403
    title = {"zh": "无权执行", "en": "Not allowed"}
    message = {"zh": "{reason_zh}", "en": "{reason}"}


class EmailNotVerified(DomainError):
    code = "email_not_verified"
    status = 403
    title = {"zh": "邮箱未验证", "en": "E-mail not verified"}
    message = {
        "zh": "请先点击验证邮件中的链接,或通过 POST /api/auth/verify-email 重新发送。",
        "en": "Follow the link in the mail first, or have it sent again by POST /api/auth/verify-email.",
    }


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = {"zh": "不存在", "en": "Not found"}
    message = {"zh": "找不到 {what}。请检查地址或编号。", "en": "There is no {what} here. Check the address or the id."}


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = {"zh": "状态冲突", "en": "Conflict"}
    message = {"zh": "{reason_zh}", "en": "{reason}"}


class InvalidInput(DomainError):
    code = "invalid_input"
    status = 422
    title = {"zh": "输入有误", "en": "Invalid input"}
    message = {"zh": "输入有误,请按 errors 逐项修改。", "en": "The input is not valid. Mend what errors lists."}


class InFlight(DomainError):
    code = "in_flight"
    status = 409
    retryable = True
    title = {"zh": "请求处理中", "en": "Still in flight"}
    message = {
        "zh": "带有相同 Idempotency-Key 的请求正在处理,请稍候重试。",
        "en": "A request with this Idempotency-Key is still being handled. Repeat it in a moment.",
    }


class IdempotencyMismatch(DomainError):
    code = "idempotency_mismatch"
    status = 422
    title = {"zh": "幂等键不匹配", "en": "Idempotency-Key reused"}
    message = {
        "zh": "该 Idempotency-Key 已用于不同内容的请求,请换一个。",
        "en": "This Idempotency-Key was used for another request. Send a new one.",
    }


class RateLimited(DomainError):
    code = "rate_limited"
    status = 429
    retryable = True
    title = {"zh": "请求过于频繁", "en": "Too many requests"}
    message = {"zh": "请在 {seconds} 秒后重试。", "en": "Try again in {seconds} seconds."}


class TooManyOpen(DomainError):
    code = "too_many_open"
    status = 429
    retryable = True
    title = {"zh": "进行中的任务过多", "en": "Too much is open"}
    message = {
        "zh": "您的套餐最多同时有 {most} 个未结束的任务、流程和批次。请等待一些结束,或升级套餐。",
        "en": "Your plan allows {most} open jobs, runs and batches at once. Wait for some to end, or upgrade.",
    }


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    retryable = True
    title = {"zh": "服务暂不可用", "en": "Unavailable"}
    message = {
        "zh": "{part} 暂时无法访问,恢复后会自动继续。请稍后重试。",
        "en": "{part} cannot be reached right now; everything goes on by itself when it is back. Try again shortly.",
    }
