"""What can keep somebody from paying or from changing what is paid for."""

from .automations import InvalidSignature
from .base import DomainError


class AlreadySubscribed(DomainError):
    code = "already_subscribed"
    status = 409
    title = {"zh": "已有订阅", "en": "Subscribed already"}
    message = {
        "zh": "账户已有订阅 {subscription}。请修改它,或先取消。",
        "en": "The account has the subscription {subscription}. Change it, or cancel it first.",
    }


class CardForEver(DomainError):
    code = "card_for_ever"
    status = 409
    title = {"zh": "已有永久卡", "en": "A card for ever is there"}
    message = {
        "zh": "账户已有 {plan} 的永久卡,无需再购买同一套餐的卡。",
        "en": "The account has {plan} for ever by a card already: another card of this plan would bring nothing.",
    }


class MethodNotOffered(DomainError):
    code = "method_not_offered"
    status = 422
    title = {"zh": "不支持该支付方式", "en": "Payment method not offered"}
    message = {
        "zh": "{method} 不支持 {currency}。请换一种支付方式或货币。",
        "en": "{method} does not pay in {currency}. Choose another method or currency.",
    }


class NoSavedCard(DomainError):
    code = "no_saved_card"
    status = 409
    title = {"zh": "没有已保存的银行卡", "en": "No saved card"}
    message = {
        "zh": "账户没有可自动扣款的银行卡。请先通过 POST /api/billing/portal 添加,或用银行卡订阅。",
        "en": "The account has no card that may be charged. Add one by POST /api/billing/portal, or subscribe by card.",
    }


class PaymentDeclined(DomainError):
    code = "payment_declined"
    status = 402
    title = {"zh": "付款被拒绝", "en": "Payment declined"}
    message = {
        "zh": "付款未成功:{reason}。请更换支付方式后重试。",
        "en": "The payment did not go through: {reason}. Try again with another way to pay.",
    }


class PaymentsOff(DomainError):
    code = "payments_off"
    status = 503
    retryable = True
    title = {"zh": "未开通支付", "en": "Payments are off"}
    message = {
        "zh": "此平台未配置支付服务。请联系管理员设置 STRIPE_SECRET_KEY。",
        "en": "This installation takes no payments. Ask its operator to set STRIPE_SECRET_KEY.",
    }


class WebhookRefused(InvalidSignature):
    status = 400
    message = {
        "zh": "Stripe-Signature 缺失、无效或超过 {seconds} 秒。请核对 STRIPE_WEBHOOK_SECRET。",
        "en": "Stripe-Signature is missing, false or older than {seconds} seconds. Check STRIPE_WEBHOOK_SECRET.",
    }
