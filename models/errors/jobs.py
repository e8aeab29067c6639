"""What can end a job, or keep it from beginning."""

from .base import DomainError


class InsufficientCredits(DomainError):
    code = "insufficient_credits"
    status = 402
    title = {"zh": "积分不足", "en": "Not enough credits"}
    message = {
        "zh": "本次需要 {needed} 积分,可用 {available}。请充值后重试。",
        "en": "This needs {needed} credits and {available} are available. Top up and try again.",
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


class OutputTooLarge(DomainError):
    code = "output_too_large"
    status = 422
    title = {"zh": "输出过大", "en": "Output too large"}
    message = {
        "zh": "输出将有 {megapixels} 百万像素,上限为 {limit}。请减小倍数或先缩小图片。",
        "en": "The output would have {megapixels} megapixels; the limit is {limit}. Use a smaller scale or image.",
    }


class ToolDisabled(DomainError):
    code = "tool_disabled"
    status = 409
    title = {"zh": "工具已停用", "en": "Tool disabled"}
    message = {"zh": "工具 {tool} 已由管理员停用。", "en": "The tool {tool} was switched off by the operator."}


class ToolPaused(DomainError):
    """An operator has paused the tool everywhere: what waits for it goes on by itself when it is resumed."""

    code = "tool_paused"
    status = 503
    retryable = True
    title = {"zh": "工具已暂停", "en": "Tool paused"}
    message = {
        "zh": "工具 {tool} 暂停使用,请稍后再试。{reason}",
        "en": "The tool {tool} is paused. Try again later. {reason}",
    }


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


class ProviderFailed(ToolFailed):
    """No text provider gave an answer; tried again as often as a tool that breaks."""

    code = "provider_failed"
    status = 502
    title = {"zh": "文本服务不可用", "en": "The text provider failed"}
    message = {
        "zh": "文本服务没有给出结果({reason}),未扣积分。请稍后重试。",
        "en": "No text provider gave a result ({reason}) and nothing was charged. Try again later.",
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


class ContentRefused(DomainError):
    """Moderation refused a picture, a video or words, brought or made. ``category``: of the words, or "picture"."""

    code = "content_refused"
    status = 422
    title = {"zh": "内容未通过审核", "en": "Content refused"}
    message = {
        "zh": "{file} 未通过内容审核,未扣积分。请更换文件或文字后重试。",
        "en": "{file} did not pass moderation and nothing was charged. Use another file or other words.",
    }


class CheckpointNeeded(DomainError):
    """What was asked for can only be painted from words, and no checkpoint is set."""

    code = "checkpoint_needed"
    status = 409
    title = {"zh": "需要生成模型", "en": "A checkpoint is needed"}
    message = {
        "zh": "仅凭文字作图需要扩散模型,本平台尚未设置。请上传一张图片({port})。",
        "en": "A picture from words alone wants a diffusion checkpoint, and none is set here. Give a picture ({port}).",
    }


class CheckpointUnusable(DomainError):
    """A checkpoint of the settings, or an adapter of one, cannot be loaded; only its operator can mend that."""

    code = "checkpoint_unusable"
    status = 503
    title = {"zh": "生成模型不可用", "en": "The checkpoint cannot be used"}
    message = {
        "zh": "生成模型 {checkpoint} 无法使用({reason}),未扣积分。请联系管理员。",
        "en": "The checkpoint {checkpoint} cannot be used ({reason}) and nothing was charged. Tell the operator.",
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
