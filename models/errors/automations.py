"""What can be wrong with automations and their hooks."""

from .base import DomainError


class InvalidSignature(DomainError):
    code = "invalid_signature"
    status = 401
    title = {"zh": "签名无效", "en": "The signature is not valid"}
    message = {
        "zh": "此地址要求签名:请按文档用密钥计算 X-Workshop-Signature。",
        "en": "Calls of this address are signed: compute X-Workshop-Signature with its secret as the docs say.",
    }


class StaleSignature(DomainError):
    code = "stale_signature"
    status = 400
    title = {"zh": "签名已过期", "en": "The signature is too old"}
    message = {
        "zh": "签名时间与当前时间相差超过 {seconds} 秒。请校准时钟并重新签名。",
        "en": "It was signed more than {seconds} seconds from now. Set your clock and sign again.",
    }


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = 413
    title = {"zh": "内容过大", "en": "The body is too large"}
    message = {"zh": "内容最大 {kilobytes} KB。", "en": "The body has {kilobytes} KB at most."}


class TooManyAutomations(DomainError):
    code = "too_many_automations"
    status = 409
    title = {"zh": "自动化过多", "en": "Too many automations"}
    message = {
        "zh": "最多保存 {most} 个自动化。请先删除不用的。",
        "en": "An account keeps {most} automations at most. Delete those that you no longer use.",
    }


class OverDailyBudget(DomainError):
    code = "over_daily_budget"
    status = 402
    title = {"zh": "超出每日预算", "en": "Over the daily budget"}
    message = {
        "zh": "此次运行最多需要 {needed} 积分,今日预算还剩 {left}。",
        "en": "This run may cost {needed} credits, and {left} of today's budget are left.",
    }
