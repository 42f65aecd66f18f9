#!/usr/bin/env python3
"""Makes mutants of the reference solutions of HumanEval and MBPP, with what the published tests say of each.

    tools/mutants.py HumanEval.jsonl mbpp.jsonl.gz > mutants.jsonl
    assay score --input mutants.jsonl --verifier python-tests --output verdicts.jsonl
    tools/mutants.py --compare mutants.jsonl verdicts.jsonl

Each mutant changes one place of the solution: a constant by one, an operator for its neighbour, a condition for its
opposite. The published tests run in a process of their own, with the program in it, as their authors run them:
another implementation than the sandbox's, which must not accept what they reject.
"""

import argparse
import ast
import concurrent.futures
import gzip
import json
import resource
import subprocess
import sys

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In,
}


class Mutator(ast.NodeTransformer):
    """Changes place number `wanted` below a line, and counts the places."""

    def __init__(self, wanted, line):
        self.wanted, self.line, self.places = wanted, line, 0

    def is_here(self, node):
        if node.lineno <= self.line:
            return False
        self.places += 1
        return self.places - 1 == self.wanted

    def visit_Constant(self, node):
        if type(node.value) in (int, float) and self.is_here(node):
            return ast.Constant(node.value + 1)
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if type(node.op) in SWAPS and self.is_here(node):
            node.op = SWAPS[type(node.op)]()
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        if self.is_here(node):
            node.op = SWAPS[type(node.op)]()
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if type(node.ops[0]) in SWAPS and self.is_here(node):
            node.ops[0] = SWAPS[type(node.ops[0])]()
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if self.is_here(node):
            node.test = ast.UnaryOp(ast.Not(), node.test)
        return node


def mutants(source, line, most):
    """Up to `most` mutants, spread over the places of the program below the line."""
    counter = Mutator(-1, line)
    counter.visit(ast.parse(source))
    step = max(1, counter.places // most)
    for place in list(range(0, counter.places, step))[:most]:
        tree = Mutator(place, line).visit(ast.parse(source))
        yield ast.unparse(ast.fix_missing_locations(tree))


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))


def published(program, tests):
    """Whether the program passes, by the tests as their authors run them."""
    try:
        done = subprocess.run([sys.executable, "-c", program + "\n" + tests], preexec_fn=limit, timeout=20,
                              stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def make(paths, most):
    jobs = []
    for row in (row for path in paths for row in read(path)):
        if "canonical_solution" in row:
            # What the prompt defines is the tests', not the program's.
            source, line = row["prompt"] + row["canonical_solution"], row["prompt"].count("\n")
            tests = row["test"] + "\ncheck(%s)" % row["entry_point"]
        else:
            source, line = row["code"], 0
            tests = "\n".join([row.get("test_setup_code") or "", *row["test_list"]])
        for number, program in enumerate(mutants(source, line, most)):
            jobs.append((row, number, program, tests))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = pool.map(lambda job: published(job[2], job[3]), jobs)
        for index, ((row, number, program, _), accepted) in enumerate(zip(jobs, results)):
            fields = {k: row[k] for k in ("prompt", "test", "entry_point", "text", "test_list", "test_setup_code") if k in row}
            fields["id"] = "%s#%d" % (row["task_id"], number)
            fields["completion"] = "```python\n%s\n```" % program
            fields["published"] = accepted
            print(json.dumps(fields, ensure_ascii=False))
            if index % 200 == 0:
                print("%d of %d mutants" % (index, len(jobs)), file=sys.stderr)


def compare(mutants_path, verdicts_path):
    verdicts = {row["id"]: row for row in read(verdicts_path)}
    table, wrong = {}, []
    for row in read(mutants_path):
        reward = verdicts[row["id"]].get("reward")
        ours = "fault" if reward is None else "accepted" if reward == 1 else "rejected"
        key = ("accepted" if row["published"] else "rejected", ours)
        table[key] = table.get(key, 0) + 1
        if key[0] != ours:
            wrong.append((row["id"], key))
    for (published_as, ours), count in sorted(table.items()):
        print("published tests: %-8s  here: %-8s  %d" % (published_as, ours, count))
    for identifier, key in wrong:
        print("  %s: published %s, here %s" % (identifier, *key))
    return 1 if any(key == ("rejected", "accepted") for key in table) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--most", type=int, default=4, help="mutants of a solution (4)")
    parser.add_argument("--compare", action="store_true", help="the files are mutants and verdicts")
    arguments = parser.parse_args()
    if arguments.compare:
        sys.exit(compare(*arguments.files))
    make(arguments.files, arguments.most)


if __name__ == "__main__":
    main()
