"""What pydantic finds wrong with a field, in Chinese; its own words are English."""

from collections.abc import Mapping
from typing import Any

FIELD_MESSAGES_ZH = {
    "missing": "必填",
    "extra_forbidden": "未知字段",
    "json_invalid": "不是有效的 JSON",
    "string_type": "应为字符串",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_attributes_type": "应为 JSON 对象",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "datetime_parsing": "应为 ISO 8601 时间",
    "datetime_from_date_parsing": "应为 ISO 8601 时间",
    "timezone_aware": "时间须带时区",
    "datetime_future": "应为将来的时间",
    "value_error": "无效",
    "invalid_cron": "无法读取这行 cron:{reason}",
    "invalid_time_zone": "不是 IANA 时区名(例如 Asia/Shanghai)",
    "invalid_expression": "表达式有误:{reason}",
    "one_of": "应且只应填写 {names} 之一",
    "invalid_offset": "offset 应小于 every",
    "unknown_format": "无法读取 {found};此处接受 {wanted}",
}


def field_message_zh(error: Mapping[str, Any]) -> str:
    """For one of ``ValidationError.errors()``; pydantic's own words where we have none."""
    template = FIELD_MESSAGES_ZH.get(error["type"])
    return template.format_map(error.get("ctx") or {}) if template else str(error["msg"])
