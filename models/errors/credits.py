"""What can keep credits from being given or given back."""

from .base import DomainError


class PromotionOver(DomainError):
    code = "promotion_over"
    status = 409
    title = {"zh": "兑换码已失效", "en": "The code is over"}
    message = {
        "zh": "此兑换码已过期,或已被领完。",
        "en": "This code has ended, or as many as it was for have used it.",
    }


class PromotionUsed(DomainError):
    code = "promotion_used"
    status = 409
    title = {"zh": "已兑换过", "en": "Used already"}
    message = {"zh": "您的账户已用过此兑换码。", "en": "Your account has used this code already."}


class NothingToRefund(DomainError):
    code = "nothing_to_refund"
    status = 409
    title = {"zh": "没有可退的积分", "en": "Nothing to refund"}
    message = {
        "zh": "任务 {job} 没有扣费,或已经退过。",
        "en": "The job {job} was not charged, or was refunded before.",
    }
