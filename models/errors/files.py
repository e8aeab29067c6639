"""What can be wrong with a file."""

from .base import DomainError


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


class UnsupportedType(DomainError):
    code = "unsupported_type"
    status = 415
    title = {"zh": "不支持的文件类型", "en": "Unsupported type"}
    message = {
        "zh": "无法识别或不支持该文件的内容({found})。",
        "en": "The content of this file ({found}) is not recognised or not supported.",
    }


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


class FileRejected(DomainError):
    code = "file_rejected"
    status = 422
    title = {"zh": "文件被拒绝", "en": "File rejected"}
    message = {
        "zh": "文件 {file} 未通过安全检查({reason})。",
        "en": "The file {file} did not pass the safety check ({reason}).",
    }


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


class DiskFull(DomainError):
    code = "disk_full"
    status = 507
    retryable = True
    title = {"zh": "服务器磁盘已满", "en": "The server's disk is full"}
    message = {
        "zh": "服务器磁盘空间不足,暂时无法接收文件。请稍后重试或联系管理员。",
        "en": "The server has no room for this file right now. Try again later, or tell the operator.",
    }
