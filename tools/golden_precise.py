#!/usr/bin/env python3
"""Golden file of constants in forty digits, by mpmath (pip install mpmath).

    tools/golden_precise.py > Tests/VerifiersTests/Golden/precise.jsonl

A line: {"text": plain notation as math-answer reads it, "value": forty digits}. Formulas are drawn at random from the
functions that Assay evaluates in thirty digits, with small rational arguments; what mpmath finds complex is left out.
"""
import json
import random

import mpmath

mpmath.mp.dps = 60
rng = random.Random(20261127)

FUNCTIONS = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan, "ln": mpmath.log, "exp": mpmath.exp,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "sqrt": mpmath.sqrt, "cbrt": mpmath.cbrt,
}


def expression(depth):
    if depth == 0:
        match rng.randrange(4):
            case 0:
                return "pi", mpmath.pi()
            case 1:
                return "e", mpmath.e()
            case _:
                above, below = rng.randint(1, 40), rng.choice([1, 1, 2, 3, 7, 9])
                return (f"({above}/{below})" if below > 1 else str(above)), mpmath.mpf(above) / below
    match rng.randrange(6):
        case 0 | 1 | 2:
            name = rng.choice(list(FUNCTIONS))
            text, value = expression(depth - 1)
            if abs(value) > 500:
                raise OverflowError
            return f"{name}({text})", FUNCTIONS[name](value)
        case 3:
            (a, x), (b, y) = expression(depth - 1), expression(depth - 1)
            return f"({a} + {b})", x + y
        case 4:
            (a, x), (b, y) = expression(depth - 1), expression(depth - 1)
            return f"({a} - {b})", x - y
        case _:
            (a, x), (b, y) = expression(depth - 1), expression(depth - 1)
            sign = rng.choice("*/^")
            if sign == "^":
                n = rng.choice([2, 3, -2, "(1/2)", "(2/3)"])
                power = mpmath.mpf(n) if isinstance(n, int) else mpmath.mpf(int(n[1])) / int(n[3])
                return f"({a})^{{{n}}}", x ** power
            return f"({a} {sign} {b})", x * y if sign == "*" else x / y


lines = set()
while len(lines) < 400:
    try:
        text, value = expression(rng.randint(1, 4))
    except (ZeroDivisionError, ValueError, OverflowError):
        continue
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value) or not 1e-30 < abs(value) < 1e200:
        continue
    lines.add(json.dumps({"text": text, "value": mpmath.nstr(value, 40, strip_zeros=False)}))
print("\n".join(sorted(lines)))
