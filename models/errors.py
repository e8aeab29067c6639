"""The errors that users meet: each a class with a stable code, an HTTP status and words in zh and en.

Nothing here knows HTTP or Temporal; the API renders these as problem+json and the Temporal interceptor carries
them across the wire by ``code``. A message says what happened and what to do next; never branch on its text.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A failure with a name. ``params`` fill the message; ``errors`` list per-field problems (``path, message``)."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    title: ClassVar[dict[str, str]] = {"zh": "内部错误", "en": "Internal error"}
    message: ClassVar[dict[str, str]] = {
        "zh": "服务器出错了,请稍后再试。",
        "en": "Something broke on our side. Please try again later.",
    }
    registry: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init__(
        self, *, errors: list[dict[str, str]] | None = None, retry_after: float | None = None, **params: Any
    ) -> None:
        self.params = params
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(self.detail("en"))

    def __init_subclass__(cls) -> None:
        if cls.code in DomainError.registry:
            raise ValueError(f"two errors share the code {cls.code}")
        DomainError.registry[cls.code] = cls

    def detail(self, language: str) -> str:
        """The message in ``language`` ("zh" or "en"), its parameters filled in."""
        return self.message.get(language, self.message["en"]).format_map(_Lenient(self.params))

    def wire(self) -> dict[str, Any]:
        """What crosses Temporal and is stored on a failed job: everything needed to say it again in any language."""
        return {"code": self.code, "params": self.params, "errors": self.errors}

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> "DomainError":
        """Rebuild from ``wire()``; an unknown code (an older or newer worker) becomes ``InternalError``."""
        kind = DomainError.registry.get(str(wire.get("code")), InternalError)
        return kind(errors=wire.get("errors"), **(wire.get("params") or {}))


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


class InternalError(DomainError):
    code = "internal"
    retryable = True


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


class InsufficientCredits(DomainError):
    code = "insufficient_credits"
    status = 402
    title = {"zh": "积分不足", "en": "Not enough credits"}
    message = {
        "zh": "本次需要 {needed} 积分,可用 {available}。请充值后重试。",
        "en": "This needs {needed} credits and {available} are available. Top up and try again.",
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


class InFlight(DomainError):
    code = "in_flight"
    status = 409
    retryable = True
    title = {"zh": "请求处理中", "en": "Still in flight"}
    message = {
        "zh": "带有相同 Idempotency-Key 的请求正在处理,请稍候重试。",
        "en": "A request with this Idempotency-Key is still being handled. Repeat it in a moment.",
    }


class NotFinished(DomainError):
    code = "not_finished"
    status = 409
    retryable = True
    title = {"zh": "任务尚未结束", "en": "Not finished yet"}
    message = {
        "zh": "任务状态为 {status},结束后再取结果。",
        "en": "The job is {status}. Ask for its result after it ended.",
    }


class FileTooLarge(DomainError):
    code = "file_too_large"
    status = 413
    title = {"zh": "文件过大", "en": "File too large"}
    message = {"zh": "文件超过上限 {limit}。", "en": "The file is over the limit of {limit}."}


class QuotaExceeded(DomainError):
    code = "quota_exceeded"
    status = 413
    title = {"zh": "存储空间不足", "en": "Storage is full"}
    message = {
        "zh": "存储空间还剩 {left} 字节。请删除一些文件或升级套餐。",
        "en": "{left} bytes of storage are left. Delete some files or upgrade your plan.",
    }


class DiskFull(DomainError):
    code = "disk_full"
    status = 507
    retryable = True
    title = {"zh": "服务器磁盘已满", "en": "The server's disk is full"}
    message = {
        "zh": "服务器磁盘空间不足,暂时无法接收文件。请稍后重试或联系管理员。",
        "en": "The server has no room for this file right now. Try again later, or tell the operator.",
    }


class UnsupportedType(DomainError):
    code = "unsupported_type"
    status = 415
    title = {"zh": "不支持的文件类型", "en": "Unsupported type"}
    message = {
        "zh": "无法识别或不支持该文件的内容({found})。",
        "en": "The content of this file ({found}) is not recognised or not supported.",
    }


class InvalidInput(DomainError):
    code = "invalid_input"
    status = 422
    title = {"zh": "输入有误", "en": "Invalid input"}
    message = {"zh": "输入有误,请按 errors 逐项修改。", "en": "The input is not valid. Mend what errors lists."}


class CorruptFile(DomainError):
    code = "corrupt_file"
    status = 422
    title = {"zh": "文件已损坏", "en": "Damaged file"}
    message = {
        "zh": "文件被截断或已损坏,无法读取({reason})。请重新导出后上传。",
        "en": "The file is cut off or damaged and cannot be read ({reason}). Export it again and upload that.",
    }


class DecompressionBomb(DomainError):
    code = "decompression_bomb"
    status = 422
    title = {"zh": "文件解压后过大", "en": "Unpacks to too much"}
    message = {
        "zh": "文件展开后过大({found}),上限为 {limit}。",
        "en": "The file unpacks to {found}; the limit is {limit}.",
    }


class OutputTooLarge(DomainError):
    code = "output_too_large"
    status = 422
    title = {"zh": "输出过大", "en": "Output too large"}
    message = {
        "zh": "输出将有 {megapixels} 百万像素,上限为 {limit}。请减小倍数或先缩小图片。",
        "en": "The output would have {megapixels} megapixels; the limit is {limit}. Use a smaller scale or image.",
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


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    retryable = True
    title = {"zh": "服务暂不可用", "en": "Unavailable"}
    message = {
        "zh": "{part} 暂时无法访问,恢复后会自动继续。请稍后重试。",
        "en": "{part} cannot be reached right now; everything goes on by itself when it is back. Try again shortly.",
    }


class ToolDisabled(DomainError):
    code = "tool_disabled"
    status = 409
    title = {"zh": "工具已停用", "en": "Tool disabled"}
    message = {"zh": "工具 {tool} 已由管理员停用。", "en": "The tool {tool} was switched off by the operator."}


class ToolFailed(DomainError):
    code = "tool_failed"
    status = 500
    retryable = True
    title = {"zh": "处理失败", "en": "The tool failed"}
    message = {
        "zh": "处理时出错({reason}),未扣积分。请重试,或联系支持并提供任务编号。",
        "en": "The tool failed ({reason}) and nothing was charged. Retry, or contact support with the job's id.",
    }


class ToolBroken(ToolFailed):
    """A tool that broke as often as we are willing to try: Temporal does not try again."""

    code = "tool_broken"
    retryable = False


class StillScanning(DomainError):
    """For attempts that came before the virus scan of an input: they are made again a little later."""

    code = "still_scanning"
    status = 409
    retryable = True
    title = {"zh": "正在扫描", "en": "Still scanning"}
    message = {
        "zh": "输入文件仍在安全扫描,完成后自动继续。",
        "en": "An input is still being scanned; the job goes on by itself afterwards.",
    }


class DeadlineExceeded(DomainError):
    code = "deadline_exceeded"
    status = 504
    title = {"zh": "超出时限", "en": "Deadline passed"}
    message = {
        "zh": "任务在 {seconds} 秒内未完成,已停止,未扣积分。",
        "en": "The job did not end within {seconds} seconds, was stopped, and nothing was charged.",
    }


class Interrupted(DomainError):
    code = "interrupted"
    status = 500
    retryable = True
    title = {"zh": "任务被中断", "en": "Interrupted"}
    message = {
        "zh": "任务的工作流被外部终止,未扣积分。请重试。",
        "en": "The job's workflow was ended from outside; nothing was charged. Retry it.",
    }


class FileRejected(DomainError):
    code = "file_rejected"
    status = 422
    title = {"zh": "文件被拒绝", "en": "File rejected"}
    message = {
        "zh": "文件 {file} 未通过安全检查({reason})。",
        "en": "The file {file} did not pass the safety check ({reason}).",
    }


class WeightsUnavailable(DomainError):
    code = "weights_unavailable"
    status = 503
    retryable = True
    title = {"zh": "模型权重不可用", "en": "Weights unavailable"}
    message = {
        "zh": "无法获取权重 {weights}({reason})。请检查网络或运行 workshop weights pull。",
        "en": "The weights {weights} could not be fetched ({reason}). Check the network or run workshop weights pull.",
    }
