"""Puts every mutant that cargo-mutants knows into one copy of the sources, each asleep until it is named.

A mutant becomes a question: `a == b` becomes `if is(7) { a != b } else { a == b }`. So all of them are built once.
"""
import re

import tree_sitter
import tree_sitter_rust

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
IS = "crate::mutant::is"


def descendants(node):
    yield node
    for child in node.children:
        yield from descendants(child)


class Source:
    """One file, and what of it is changed."""

    def __init__(self, text, mutants):
        self.bytes = text.encode()
        self.lines = text.split("\n")
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line.encode()) + 1
        self.starts = starts
        self.tree = PARSER.parse(self.bytes)
        self.at = {}
        self.unplaced = []
        nodes = list(descendants(self.tree.root_node))
        for mutant in mutants:
            place = self.place(mutant, nodes)
            if place is None:
                self.unplaced.append(mutant)
            else:
                self.at.setdefault(place.id, []).append(mutant)

    def offset(self, position):
        line = position["line"] - 1
        return self.starts[line] + len(self.lines[line][: position["column"] - 1].encode())

    def place(self, mutant, nodes):
        """The node that a mutant changes."""
        start, end = self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])
        genre = mutant["genre"]
        if genre == "FnValue":
            around = [n for n in nodes if n.type == "function_item" and n.start_byte < start and n.end_byte >= end]
            return max(around, key=lambda n: n.start_byte, default=None)
        for node in nodes:
            kind = node.type
            if genre == "BinaryOperator" and kind in ("binary_expression", "compound_assignment_expr"):
                if node.child_by_field_name("operator").start_byte == start:
                    # In a chain of `let` there is no place for a question, nor may `||` stand there.
                    return node
            elif genre == "UnaryOperator" and kind in ("unary_expression", "negative_literal") and node.start_byte == start:
                return node
            elif genre == "MatchArm" and kind == "match_arm" and node.start_byte == start:
                return node
            elif genre == "MatchArmGuard" and kind == "match_pattern":
                guard = node.child_by_field_name("condition")
                if guard is not None and guard.start_byte == start:
                    return node
            elif genre == "StructField" and kind == "struct_expression" and node.start_byte < start and node.end_byte >= end:
                fields = node.child_by_field_name("body").named_children
                if any(field.start_byte == start for field in fields):
                    return node
        return None

    def plain(self, node):
        return self.bytes[node.start_byte:node.end_byte].decode()

    def has_mutants(self, node):
        return any(child.id in self.at for child in descendants(node))

    def between(self, start, end, children):
        """The text from one byte to another, with what is changed in these nodes."""
        out, at = [], start
        for child in children:
            if child.start_byte < start or child.end_byte > end:
                continue
            out.append(self.bytes[at:child.start_byte].decode())
            out.append(self.render(child))
            at = child.end_byte
        out.append(self.bytes[at:end].decode())
        return "".join(out)

    def inside(self, node):
        return self.between(node.start_byte, node.end_byte, node.children)

    def render(self, node):
        mutants = self.at.get(node.id)
        if not mutants:
            return self.inside(node) if node.children else self.plain(node)
        kind = node.type
        if kind == "function_item":
            return self.function(node, mutants)
        if kind in ("binary_expression", "compound_assignment_expr"):
            return self.operation(node, mutants)
        if kind in ("unary_expression", "negative_literal"):
            return f"(if {IS}({mutants[0]['id']}) {{ {self.render(node.children[1])} }} else {{ {self.inside(node)} }})"
        if kind == "match_arm":
            return self.arm(node, mutants[0])
        if kind == "match_pattern":
            return self.guard(node, mutants)
        return self.structure(node, mutants)

    def function(self, node, mutants):
        body = node.child_by_field_name("body")
        head = self.between(node.start_byte, body.start_byte, [c for c in node.children if c.id != body.id])
        head = re.sub(r"\bconst fn\b", "fn", head)
        early = "".join(f" if {IS}({m['id']}) {{ return {m['replacement']}; }}" for m in mutants)
        return f"{head}{{{early} {self.inside(body)[1:]}"

    def operation(self, node, mutants):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = self.plain(node.child_by_field_name("operator"))
        on_left, on_right, opening, closing = self.render(left), self.render(right), "(", ")"
        if node.type == "compound_assignment_expr":
            opening, closing = "{", "}"
        elif self.has_mutants(left):
            # Else a long chain would be written out again and again.
            on_left, opening, closing = "left", f"(match {on_left} {{ left => ", " })"
        ways = "".join(f"if {IS}({m['id']}) {{ {on_left} {m['replacement']} {on_right} }} else " for m in mutants)
        return f"{opening}{ways}{{ {on_left} {operator} {on_right} }}{closing}"

    def arm(self, node, mutant):
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        guard = pattern.child_by_field_name("condition")
        asleep = f"!{IS}({mutant['id']})"
        if guard is None:
            head = f"{self.plain(pattern)} if {asleep}"
        else:
            head = f"{self.between(pattern.start_byte, guard.start_byte, [])}{asleep} && ({self.guarded(pattern)})"
        # A comment or an attribute may stand before.
        before = self.between(node.start_byte, pattern.start_byte, [])
        return f"{before}{head}{self.between(pattern.end_byte, node.end_byte, [c for c in node.children if c.start_byte >= value.start_byte])}"

    def guarded(self, pattern):
        guard = self.render(pattern.child_by_field_name("condition"))
        for mutant in self.at.get(pattern.id, []):
            awake = f"{IS}({mutant['id']})"
            guard = f"{awake} || ({guard})" if mutant["replacement"] == "true" else f"!{awake} && ({guard})"
        return guard

    def guard(self, node, mutants):
        guard = node.child_by_field_name("condition")
        return f"{self.between(node.start_byte, guard.start_byte, [])}{self.guarded(node)}"

    def structure(self, node, mutants):
        whole, ways = self.inside(node), ""
        body = node.child_by_field_name("body")
        for mutant in mutants:
            at = self.offset(mutant["span"]["start"])
            kept = [self.render(f) for f in body.named_children if f.start_byte != at]
            ways += f"if {IS}({mutant['id']}) {{ {self.plain(node.child_by_field_name('name'))} {{ {', '.join(kept)} }} }} else "
        return f"({ways}{{ {whole} }})"

    def constants(self):
        """The names of constants with a mutant in them: these become functions, since a constant can ask nothing."""
        return [
            self.plain(node.child_by_field_name("name"))
            for node in descendants(self.tree.root_node)
            if node.type in ("const_item", "static_item") and self.has_mutants(node)
        ]

    def text(self):
        return self.render(self.tree.root_node)


def as_functions(text, names):
    """A file in which these constants are functions."""
    source = Source(text, [])
    edits = []
    for node in descendants(source.tree.root_node):
        if node.type in ("const_item", "static_item"):
            name = node.child_by_field_name("name")
            if source.plain(name) in names:
                keyword = next(c for c in node.children if c.type in ("const", "static"))
                kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
                edits.append((keyword.start_byte, keyword.end_byte, "fn"))
                edits.append((name.end_byte, kind.start_byte, "() -> "))
                if source.plain(kind).startswith("&") and not source.plain(kind).startswith("&'"):
                    edits.append((kind.start_byte + 1, kind.start_byte + 1, "'static "))
                edits.append((kind.end_byte, value.start_byte, " { "))
                edits.append((value.end_byte, node.end_byte, " }"))
        elif node.type == "identifier" and source.plain(node) in names:
            parents, parent = [], node.parent
            while parent is not None:
                parents.append(parent)
                parent = parent.parent
            if any(p.type == "use_declaration" for p in parents) or node.parent.type in ("const_item", "static_item") and node.parent.child_by_field_name("name").id == node.id:
                continue
            edits.append((node.end_byte, node.end_byte, "()"))
    out = source.bytes
    for start, end, new in sorted(edits, reverse=True):
        out = out[:start] + new.encode() + out[end:]
    return out.decode()
