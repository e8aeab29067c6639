"""What can be wrong with saving a pipeline."""

from typing import Any

from .base import DomainError


class VersionConflict(DomainError):
    """Somebody saved in between. ``latest_version`` and ``latest_graph``: what is there now, for an editor to merge."""

    code = "version_conflict"
    status = 409
    title = {"zh": "版本冲突", "en": "Saved in between"}
    message = {
        "zh": "流程已被改到第 {latest_version} 版。请合并 latest 中的内容,再以该版本为 base_version 保存。",
        "en": "Version {latest_version} was saved in between. Merge what latest holds and save with that base_version.",
    }

    def members(self) -> dict[str, Any]:
        return {"latest": {"version": self.params.get("latest_version"), "graph": self.params.get("latest_graph")}}


class InvalidGraph(DomainError):
    code = "invalid_graph"
    status = 422
    title = {"zh": "流程有误", "en": "The pipeline has mistakes"}
    message = {
        "zh": "流程还不能发布或运行,请按 errors 逐项修改。",
        "en": "The pipeline cannot be published or run yet. Mend what errors lists.",
    }


class TooManyPipelines(DomainError):
    code = "too_many_pipelines"
    status = 409
    title = {"zh": "流程过多", "en": "Too many pipelines"}
    message = {
        "zh": "最多保存 {most} 个流程。请先删除不用的。",
        "en": "An account keeps {most} pipelines at most. Delete those that you no longer use.",
    }
