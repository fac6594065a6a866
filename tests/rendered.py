"""Rendered HTML as a plain tree, so that two renderers can be compared.

An element is ``[name, {attributes}, [children]]``, a text is a string. Texts that people translate are
left out; so is white space alone.
"""

from html.parser import HTMLParser
from typing import Any

VOID = {"br", "hr"}
Node = Any


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: Node = ["root", {}, []]
        self.open: list[Node] = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs if name != "aria-label"}
        node: Node = [tag, attributes, []]
        self.open[-1][2].append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        children = self.open[-1][2]
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)


def as_tree(html: str) -> list[Node]:
    """Return the normalised children of a piece of HTML."""
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return _normalised(builder.root)[2]  # type: ignore[no-any-return]


def _normalised(node: Node) -> Node:
    name, attributes, children = node
    if name == "button":
        return [name, attributes, []]
    kept = [child for child in children if not isinstance(child, str) or child.strip() or name == "code"]
    return [name, attributes, [child if isinstance(child, str) else _normalised(child) for child in kept]]
