#!/usr/bin/env python3
"""Golden file of the puzzles' solver: random puzzles with all their solutions, by brute force.

    tools/golden_puzzles.py > Tests/PuzzlesTests/Golden/puzzles.jsonl

Knows nothing of Assay: assignments and orders are tried one by one (itertools), statements are evaluated as Python's.
A line: {"puzzle": ..., "solutions": [[...], ...]}: of knights 1 for each who tells the truth, of a zebra the houses of
all values from 0, category after category, of clauses 1 for each variable that is true in the order of first mention.
"""
import itertools
import json
import random

rng = random.Random(20261127)
SIGNS = {"&": lambda a, b: a and b, "|": lambda a, b: a or b, "^": lambda a, b: a != b,
         "->": lambda a, b: not a or b, "<->": lambda a, b: a == b}


def formula(names, depth):
    """Text and a function of the truth values by name."""
    if depth == 0 or rng.random() < 0.25:
        name = rng.choice(names)
        return (f"~{name}", lambda v: not v[name]) if rng.random() < 0.4 else (name, lambda v: v[name])
    sign = rng.choice(list(SIGNS))
    (left, f), (right, g) = formula(names, depth - 1), formula(names, depth - 1)
    return f"({left} {sign} {right})", lambda v: SIGNS[sign](f(v), g(v))


def knights():
    people = ["Ada", "Ben", "Cora", "Dan", "Eve"][: rng.randint(2, 5)]
    said = [(person, *formula(people, 2)) for person in people]
    solutions = []
    for values in itertools.product([0, 1], repeat=len(people)):
        truth = dict(zip(people, map(bool, values)))
        if all(bool(says(truth)) == truth[person] for person, _, says in said):
            solutions.append(list(values))
    return {"kind": "knights", "people": people, "statements": [[p, text] for p, text, _ in said]}, solutions


RELATIONS = {"same": lambda a, b: a == b, "different": lambda a, b: a != b, "next-to": lambda a, b: abs(a - b) == 1,
             "directly-left": lambda a, b: b - a == 1, "left-of": lambda a, b: a < b,
             "one-between": lambda a, b: abs(a - b) == 2, "two-between": lambda a, b: abs(a - b) == 3}


def zebra():
    houses = rng.randint(3, 4)
    pool = [["name", ["Ada", "Ben", "Cora", "Dan"]], ["pet", ["cat", "dog", "fox", "owl"]],
            ["drink", ["tea", "milk", "Ada", "juice"]]]
    categories = [[name, values[:houses]] for name, values in pool[: rng.randint(2, 3)]]
    items = [(c, v) for c in range(len(categories)) for v in range(houses)]

    def name(item):
        text = categories[item[0]][1][item[1]]
        return f"{categories[item[0]][0]}:{text}" if sum(text in values for _, values in categories) > 1 else text

    hidden = [rng.sample(range(houses), houses) for _ in categories]
    clues, tests = [], []
    for _ in range(rng.randint(4, 22)):
        a, b = rng.sample(items, 2)
        kind = rng.choice(list(RELATIONS) + ["house", "not-house"])
        if kind in RELATIONS:
            if RELATIONS[kind](hidden[a[0]][a[1]], hidden[b[0]][b[1]]):
                clues.append([kind, name(a), name(b)])
                tests.append(lambda h, a=a, b=b, k=kind: RELATIONS[k](h[a[0]][a[1]], h[b[0]][b[1]]))
        else:
            place = rng.randrange(houses)
            if (hidden[a[0]][a[1]] == place) == (kind == "house"):
                clues.append([kind, name(a), place + 1])
                tests.append(lambda h, a=a, p=place, k=kind: (h[a[0]][a[1]] == p) == (k == "house"))
    solutions = [sum(map(list, order), []) for order in
                 itertools.product(itertools.permutations(range(houses)), repeat=len(categories))
                 if all(test(order) for test in tests)]
    return {"kind": "zebra", "categories": categories, "clues": clues}, solutions


def clauses():
    names = list("pqrstu")[: rng.randint(2, 6)]
    chosen = [[("~" if rng.random() < 0.5 else "") + v for v in rng.sample(names, min(len(names), rng.randint(1, 3)))]
              for _ in range(rng.randint(2, 22))]
    order = list(dict.fromkeys(literal.lstrip("~") for clause in chosen for literal in clause))
    solutions = []
    for values in itertools.product([0, 1], repeat=len(order)):
        truth = dict(zip(order, values))
        if all(any(truth[x.lstrip("~")] == (0 if x[0] == "~" else 1) for x in clause) for clause in chosen):
            solutions.append(list(values))
    return {"kind": "satisfiability", "clauses": chosen}, solutions


for make, count in ((knights, 80), (zebra, 80), (clauses, 80)):
    for _ in range(count):
        puzzle, solutions = make()
        print(json.dumps({"puzzle": puzzle, "count": len(solutions), "solutions": solutions[:40]}))
