"""What is wrong with a graph: every problem at once, each with a code, its node, its port and its place in the JSON."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from .expressions import problem
from .graph import MOST_DEPTH, Edge, Graph, Node
from .nodes import NODE_TYPES, Cel, NodeType, Parameters, Ports
from .ports import GraphPort, Tools, fits

MESSAGES: dict[str, dict[str, str]] = {
    "duplicate_id": {"zh": "编号重复", "en": "another node has this id"},
    "unknown_type": {"zh": "没有 {type} 这种节点", "en": "there is no node type {type}"},
    "unknown_tool": {"zh": "没有工具 {tool},或已停用", "en": "there is no tool {tool}, or it is switched off"},
    "invalid_parameter": {"zh": "{reason}", "en": "{reason}"},
    "invalid_expression": {"zh": "表达式有误:{reason}", "en": "the expression is wrong: {reason}"},
    "graph_missing": {"zh": "需要子图", "en": "it needs a graph of its own"},
    "graph_unwanted": {"zh": "这种节点没有子图", "en": "this type has no graph of its own"},
    "too_deep": {"zh": "子图最多嵌套 {most} 层", "en": "graphs may lie {most} deep in each other"},
    "unknown_node": {"zh": "没有节点 {id}", "en": "there is no node {id}"},
    "unknown_port": {"zh": "没有端口 {name}", "en": "it has no port {name}"},
    "port_wanted": {"zh": "有多个端口,请指明:{ports}", "en": "name one of its ports: {ports}"},
    "type_mismatch": {"zh": "{source} 不能接到 {target}", "en": "{source} does not go into {target}"},
    "list_needs_map": {"zh": "列表请先经过「逐个处理」", "en": "a list goes there through a for-each node"},
    "port_taken": {"zh": "该端口只能接一条线", "en": "this port takes one edge"},
    "missing_input": {"zh": "缺少输入", "en": "nothing is given for this input"},
    "one_of_wanted": {"zh": "请只给出其一:{ports}", "en": "give exactly one of {ports}"},
    "duplicate_name": {"zh": "名称重复", "en": "another node has this name"},
    "cycle": {"zh": "存在环:{nodes}", "en": "a cycle: {nodes}"},
}


@dataclass(frozen=True)
class GraphError:
    """One problem. ``path`` leads to it in the graph's JSON; ``port`` is None where it is not about one."""

    code: str
    node: str | None
    port: str | None
    path: str
    params: dict[str, str] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """In "zh" or "en"."""
        return MESSAGES[self.code][language].format_map(self.params)


def validate(graph: Graph, tools: Tools) -> list[GraphError]:
    """Every problem, in the order of the drawing; an empty list for a graph that can be run."""
    return _Validation(graph, tools, "", 1).run()


class _Validation:
    """One graph; graphs inside maps and loops get one of their own."""

    def __init__(self, graph: Graph, tools: Tools, prefix: str, depth: int) -> None:
        self._graph = graph
        self._tools = tools
        self._prefix = prefix
        self._depth = depth
        self._errors: list[GraphError] = []
        self._ports: dict[str, tuple[Ports, Ports]] = {}
        self._fed: dict[tuple[str, str], int] = defaultdict(int)

    def run(self) -> list[GraphError]:
        self._ids()
        for at, node in enumerate(self._graph.nodes):
            self._node(node, f"{self._prefix}nodes.{at}")
        for at, edge in enumerate(self._graph.edges):
            self._edge(edge, f"{self._prefix}edges.{at}")
        for at, node in enumerate(self._graph.nodes):
            self._inputs(node, f"{self._prefix}nodes.{at}")
        self._cycle()
        return self._errors

    def _say(self, code: str, node: str | None, path: str, port: str | None = None, **params: str) -> None:
        self._errors.append(GraphError(code, node, port, path, params))

    def _ids(self) -> None:
        for kind, pick in (("duplicate_id", _id), ("duplicate_name", _name)):
            seen: set[object] = set()
            for at, node in enumerate(self._graph.nodes):
                key = pick(node)
                if key is not None and key in seen:
                    self._say(kind, node.id, f"{self._prefix}nodes.{at}")
                seen.add(key)

    def _node(self, node: Node, path: str) -> None:
        declared = NODE_TYPES.get(node.type)
        if declared is None:
            self._say("unknown_type", node.id, f"{path}.type", type=node.type)
            return
        if node.type == "tool":
            self._tool(node, path)
        else:
            self._parameters(declared, node, path)
        self._nested(declared, node, path)
        self._ports[node.id] = declared.ports(node, self._tools)

    def _tool(self, node: Node, path: str) -> None:
        if node.tool is None or self._tools.shape(node.tool) is None:
            self._say("unknown_tool", node.id, f"{path}.tool", tool=node.tool or "")
            return
        for place, reason in self._tools.problems(node.tool, node.parameters):
            self._say("invalid_parameter", node.id, f"{path}.parameters.{place}", reason=reason)

    def _parameters(self, declared: NodeType, node: Node, path: str) -> None:
        try:
            parameters = declared.parameters.model_validate(node.parameters)
        except ValidationError as invalid:
            for each in invalid.errors():
                place = ".".join(str(part) for part in each["loc"])
                self._say("invalid_parameter", node.id, f"{path}.parameters.{place}", reason=each["msg"])
            return
        for place, expression, variables in _expressions(parameters):
            reason = problem(expression, variables)
            if reason:
                self._say("invalid_expression", node.id, f"{path}.parameters.{place}", reason=reason)

    def _nested(self, declared: NodeType, node: Node, path: str) -> None:
        if not declared.nested:
            if node.graph is not None:
                self._say("graph_unwanted", node.id, f"{path}.graph")
        elif node.graph is None:
            self._say("graph_missing", node.id, f"{path}.graph")
        elif self._depth >= MOST_DEPTH:
            self._say("too_deep", node.id, f"{path}.graph", most=str(MOST_DEPTH))
        else:
            self._errors += _Validation(node.graph, self._tools, f"{path}.graph.", self._depth + 1).run()

    def _edge(self, edge: Edge, path: str) -> None:
        known = [(edge.source, "from", 1), (edge.target, "to", 0)]
        missing = [(name, side) for name, side, _ in known if name not in self._ports]
        for name, side in missing:
            if name not in {node.id for node in self._graph.nodes}:
                self._say("unknown_node", None, f"{path}.{side}", id=name)
        if missing:
            return
        source = self._port(edge.source, 1, edge.from_port, f"{path}.from_port")
        target = self._port(edge.target, 0, edge.to_port, f"{path}.to_port")
        if source is None or target is None:
            return
        self._fed[edge.target, target.name] += 1
        code = fits(source, target)
        if code:
            words = {"source": _words(source), "target": _words(target)}
            self._say(code, edge.target, path, target.name, **words)
        if self._fed[edge.target, target.name] > 1 and not target.several:
            self._say("port_taken", edge.target, path, target.name)

    def _port(self, node_id: str, side: int, name: str | None, path: str) -> GraphPort | None:
        ports = self._ports[node_id][side]
        if name is None:
            wanted = [port for port in ports if port.required] or list(ports)
            if len(wanted) == 1:
                return wanted[0]
            self._say("port_wanted", node_id, path, ports=", ".join(port.name for port in wanted))
            return None
        found = next((port for port in ports if port.name == name), None)
        if found is None and ports:
            self._say("unknown_port", node_id, path, name, name=name)
        return found

    def _inputs(self, node: Node, path: str) -> None:
        inputs = self._ports.get(node.id, ((), ()))[0]
        known = {port.name for port in inputs}
        for name in node.inputs.keys() - known if node.id in self._ports else ():
            self._say("unknown_port", node.id, f"{path}.inputs.{name}", name, name=name)
        for port in inputs:
            if port.required and not self._given(node, port.name):
                self._say("missing_input", node.id, f"{path}.inputs.{port.name}", port.name)
        shape = self._tools.shape(node.tool) if node.type == "tool" and node.tool else None
        if shape and shape.one_of and sum(self._given(node, name) for name in shape.one_of) != 1:
            self._say("one_of_wanted", node.id, f"{path}.inputs", ports=", ".join(shape.one_of))

    def _given(self, node: Node, port: str) -> bool:
        return bool(self._fed[node.id, port]) or node.inputs.get(port) is not None

    def _cycle(self) -> None:
        """Kahn's order; what it cannot reach lies on a cycle or behind one: pruned from behind, cycles remain."""
        edges = [(each.source, each.target) for each in self._graph.edges]
        rest = {node.id for node in self._graph.nodes}
        for forward in (True, False):
            rest = _stuck(rest, edges if forward else [(target, source) for source, target in edges])
        if rest:
            ordered = [node.id for node in self._graph.nodes if node.id in rest]
            self._say("cycle", ordered[0], f"{self._prefix}edges", nodes=", ".join(ordered[:20]))


def _stuck(nodes: set[str], edges: list[tuple[str, str]]) -> set[str]:
    """Those that never become free when nodes without a predecessor are taken away one after another."""
    after: dict[str, list[str]] = defaultdict(list)
    before: Counter[str] = Counter()
    for source, target in edges:
        if source in nodes and target in nodes:
            after[source].append(target)
            before[target] += 1
    free = [each for each in nodes if not before[each]]
    left = set(nodes)
    while free:
        node = free.pop()
        left.discard(node)
        for target in after[node]:
            before[target] -= 1
            if not before[target]:
                free.append(target)
    return left


def _id(node: Node) -> object:
    return node.id


def _name(node: Node) -> object:
    """Inputs have names among inputs, outputs among outputs."""
    named = node.type in {"input", "output"} and isinstance(node.parameters.get("name"), str)
    return (node.type, node.parameters["name"]) if named else None


def _words(port: GraphPort) -> str:
    kinds = " | ".join(sorted(port.kinds))
    return f"[{kinds}]" if port.many else kinds


def _expressions(parameters: Parameters, prefix: str = "") -> list[tuple[str, str, frozenset[str]]]:
    """``(path, expression, variables)`` of every field that is marked as CEL."""
    found: list[tuple[str, str, frozenset[str]]] = []
    for name, declared in type(parameters).model_fields.items():
        value: Any = getattr(parameters, name)
        marks = [mark for mark in declared.metadata if isinstance(mark, Cel)]
        if marks:
            found.append((f"{prefix}{name}", value, marks[0].variables))
        elif isinstance(value, list):
            for at, each in enumerate(value):
                found += _expressions(each, f"{prefix}{name}.{at}.") if isinstance(each, Parameters) else []
    return found
