"""Engines with one fault each: an operator, a condition or a constant of the sources replaced."""

import ast
import sys
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import ModuleType

from msgspec import Struct

ENGINE = ("app.ticketing.codes", "app.attendance.judging.rules", "app.attendance.judging.fold",
          "app.attendance.judging.verdict")  # fmt: skip
"""In the order in which they import each other."""
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
CALLS = {"any": "all", "min": "max", "max": "min", "sum": "max"}
NOT_JUDGING = frozenset({"base45", "pack", "sign", "opening", "BY_STATE", "__all__"})
"""What no verdict runs through."""


class Mutant(Struct, frozen=True):
    """A module with one fault: where it is, what was done, and the statement of the module that has it."""

    module: str
    place: str
    done: str
    index: int
    statement: ast.stmt

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}.{self.place}: {self.done}"


def mutants() -> Iterator[Mutant]:
    """Yield every engine with one fault, in the order of the sources."""
    for module in ENGINE:
        for index, statement in enumerate(ast.parse(_source(module)).body):
            if isinstance(statement, ast.FunctionDef) and statement.name not in NOT_JUDGING:
                yield from _of_function(module, index, statement)
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                yield from _of_constant(module, index, statement)


def _source(module: str) -> str:
    path = import_module(module).__file__
    assert path is not None
    return Path(path).read_text()


def _of_function(module: str, index: int, function: ast.FunctionDef) -> Iterator[Mutant]:
    count = sum(1 for _ in _parts(function))
    for number in range(count):
        for way in range(2):
            copy = deepcopy(function)
            part = list(_parts(copy))[number]
            before, after = ast.unparse(part), _break(part, way)
            if after is not None:
                yield Mutant(module, function.name, f"{before} -> {after}", index, copy)


def _parts(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield the expressions of the body; no docstring, no annotation, no default."""
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.expr):
                yield node


def _break(part: ast.expr, way: int) -> str | None:
    """Change an expression in place and return how it reads now; None where there is nothing to change this way."""
    for breaks in (_compare, _join, _add, _choose, _affirm, _call, _say):
        if breaks(part, way):
            return ast.unparse(part)
    return None


def _compare(part: ast.expr, way: int) -> bool:
    """Another comparison, in the first way of the first one, in the second of the second."""
    if not isinstance(part, ast.Compare) or way >= len(part.ops):
        return False
    part.ops[way] = COMPARISONS[type(part.ops[way])]()
    return True


def _join(part: ast.expr, way: int) -> bool:
    """`or` for `and`; or without the last condition."""
    if not isinstance(part, ast.BoolOp):
        return False
    if way == 0:
        part.op = ast.Or() if isinstance(part.op, ast.And) else ast.And()
    else:
        part.values[-1] = part.values[0]
    return True


def _add(part: ast.expr, way: int) -> bool:
    """Minus for plus."""
    if way or not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Add | ast.Sub):
        return False
    part.op = ast.Sub() if isinstance(part.op, ast.Add) else ast.Add()
    return True


def _choose(part: ast.expr, way: int) -> bool:
    """The other one of two values."""
    if way or not isinstance(part, ast.IfExp):
        return False
    part.body, part.orelse = part.orelse, part.body
    return True


def _affirm(part: ast.expr, way: int) -> bool:
    """No `not`."""
    if way or not isinstance(part, ast.UnaryOp) or not isinstance(part.op, ast.Not):
        return False
    part.op, part.operand = ast.Not(), ast.UnaryOp(ast.Not(), part.operand)
    return True


def _call(part: ast.expr, way: int) -> bool:
    """Another function of the same arguments, or what is sorted the other way round."""
    if way == 0 and isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "sorted":
        part.keywords.append(ast.keyword("reverse", ast.Constant(value=True)))
        return True
    if way or not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name) or part.func.id not in CALLS:
        return False
    part.func.id = CALLS[part.func.id]
    return True


def _say(part: ast.expr, way: int) -> bool:
    """Another constant; sentences are for people."""
    if way or not isinstance(part, ast.Constant) or part.value is None:
        return False
    if isinstance(part.value, bool):
        part.value = not part.value
    elif isinstance(part.value, int):
        part.value += 1
    elif isinstance(part.value, str) and part.value and " " not in part.value:
        part.value += "x"
    else:
        return False
    return True


def _of_constant(module: str, index: int, statement: ast.Assign | ast.AnnAssign) -> Iterator[Mutant]:
    """Leave out each member of a set, a dict or a tuple of checks, and change neighbours of a tuple about."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    name = ast.unparse(target)
    members = _members(statement.value)
    if members is None or name in NOT_JUDGING:
        return
    for number in range(members):
        copy = deepcopy(statement)
        left_out = _without(_value(copy), number)
        yield Mutant(module, name, f"without {left_out}", index, copy)
    if isinstance(statement.value, ast.Tuple):
        for number in range(members - 1):
            copy = deepcopy(statement)
            elements = _value(copy).elts  # type: ignore[attr-defined]
            elements[number], elements[number + 1] = elements[number + 1], elements[number]
            yield Mutant(module, name, f"{ast.unparse(elements[number])} first", index, copy)


def _members(value: ast.expr | None) -> int | None:
    if isinstance(value, ast.Dict):
        return len(value.keys)
    if isinstance(value, ast.Tuple):
        return len(value.elts)
    if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Set):
        return len(value.args[0].elts)
    return None


def _value(statement: ast.stmt) -> ast.expr:
    assert isinstance(statement, ast.Assign | ast.AnnAssign)
    assert statement.value is not None
    return statement.value


def _without(value: ast.expr, number: int) -> str:
    if isinstance(value, ast.Dict):
        key = value.keys.pop(number)
        value.values.pop(number)
        assert key is not None
        return ast.unparse(key)
    elements = value.args[0].elts if isinstance(value, ast.Call) else value.elts  # type: ignore[attr-defined]
    return ast.unparse(elements.pop(number))


def _with_fault(mutant: Mutant) -> str:
    """Return the source of the module with the fault in it."""
    tree = ast.parse(_source(mutant.module))
    tree.body[mutant.index] = mutant.statement
    return ast.unparse(tree)


def engine_of(mutant: Mutant | None) -> dict[str, ModuleType]:
    """Return an engine of modules of its own, with this fault (None: with none), by their short names."""
    made: dict[str, ModuleType] = {}
    try:
        for name in ENGINE:
            source = _with_fault(mutant) if mutant is not None and mutant.module == name else _source(name)
            for other in ENGINE:
                source = source.replace(f"from {other} import", f"from mutated.{other} import")
            module = ModuleType(f"mutated.{name}")
            sys.modules[module.__name__] = module
            exec(compile(source, f"<{name}>", "exec"), module.__dict__)
            made[name.rpartition(".")[2]] = module
    finally:
        for name in ENGINE:
            sys.modules.pop(f"mutated.{name}", None)
    return made
