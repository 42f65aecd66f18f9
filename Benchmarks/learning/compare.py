"""GRPO by Assay and by TRL from the same weights on the same problems: held-out accuracy by the clock.

    compare.py --assay BINARY --folder FOLDER [--recipe chain_sum|smollm2-mixed]... [--seeds 1 2 3] [--steps N]
               [--peer-steps N] [--precision fp32|bf16|fp16|auto] [--fresh N] [--every N] [--report]

For each recipe the cold start where it has one, by Assay for all; for each seed the GRPO stage by `assay train`; the same by
TRL on the problems that Assay drew, judged by `assay serve`; then every checkpoint of both by `assay eval` on
problems that neither saw. What is measured goes into FOLDER/learning.jsonl as soon as it is there; --report makes the
table and the plot of what is there. The clock counts steps: not loading, saving, nor evaluating, on either side.
"""
import argparse
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
RECIPES = {"chain_sum": HERE / "chain_sum.yaml", "smollm2-mixed": ROOT / "recipes" / "smollm2-mixed.yaml"}

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--assay", required=True)
parser.add_argument("--folder", type=pathlib.Path, required=True)
parser.add_argument("--model", required=True, help="the GGUF file or folder that training begins with")
parser.add_argument("--recipe", action="append", choices=list(RECIPES))
parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
parser.add_argument("--steps", type=int, help="of GRPO; the recipe's when absent")
parser.add_argument("--peer-steps", type=int, help="of those, the ones TRL trains too; all when absent; 0: none")
parser.add_argument("--precision", choices=["fp32", "bf16", "fp16", "auto"], default="fp32",
                    help="Assay's; TRL's is bf16 with bf16, else fp32")
parser.add_argument("--fresh", type=int, default=200, help="problems a task that the checkpoints are measured on")
parser.add_argument("--every", type=int, default=4, help="steps between the checkpoints that are measured")
parser.add_argument("--report", action="store_true", help="only the table and the plot of what was measured before")
options = parser.parse_args()
measured = options.folder / "learning.jsonl"


def run(*command, **more):
    """Standard output of a command that must succeed; it is run in the project's root."""
    command = [str(part) for part in command]
    print("  " + " ".join(pathlib.Path(part).name if part.startswith("/") else part for part in command), file=sys.stderr)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def assay(*arguments):
    return json.loads(run(options.assay, *arguments, "--json").splitlines()[-1])


def note(**row):
    with measured.open("a") as file:
        file.write(json.dumps(row) + "\n")


def train_by_assay(recipe, model, seed, folder):
    done = assay(
        "train", RECIPES[recipe], "--model", model, "--no-eval", "--runs", folder, "--set", f"seed={seed}",
        "--set", f"runtime.precision={options.precision}", "--set", f"save_steps={options.every}",
        "--set", "save_total_limit=0", *steps())
    finished = pathlib.Path(done["run"])
    seconds = 0.0
    metrics, timings = ((finished / name).read_text().splitlines() for name in ("metrics.jsonl", "timings.jsonl"))
    for metric, timing in zip(map(json.loads, metrics), map(json.loads, timings)):
        if "reward" in metric:
            seconds += timing["step_time"]
            note(what="step", recipe=recipe, seed=seed, side="assay", step=metric["step"], seconds=seconds,
                 reward=metric["reward"], length=metric["completions/mean_length"],
                 learning_rate=metric["learning_rate"], grad_norm=metric.get("grad_norm"),
                 frac_reward_zero_std=metric["frac_reward_zero_std"])
    return finished


def train_by_trl(recipe, finished, model, seed, folder):
    server = subprocess.Popen(
        [options.assay, "serve", "--recipe", RECIPES[recipe], "--port", "0", "--log-level", "warning"], cwd=ROOT,
        stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        command = [
            sys.executable, HERE / "peer.py", finished, model, folder, "--url", url, "--seed", seed,
            "--precision", "bf16" if options.precision == "bf16" else "fp32",
            *(["--steps", options.peer_steps] if options.peer_steps else [])]
        for line in run(*command).splitlines():
            if line.startswith('{"step"'):
                note(what="step", recipe=recipe, seed=seed, side="trl", **json.loads(line))
    finally:
        server.terminate()
        server.wait()


def steps():
    return ["--set", f"stages.rl.grpo.steps={options.steps}"] if options.steps else []


def evaluate(recipe, seed, side, step, model):
    """On the held-out split, drawn with a seed that no run had."""
    shutil.rmtree(options.folder / "evaluation", ignore_errors=True)
    found = assay(
        "eval", RECIPES[recipe], "--model", model, "--runs", options.folder / "evaluation", "--set", f"seed={1000 + seed}",
        "--set", f"evaluation.problems_per_task={options.fresh}")["evaluation"]
    wanted = re.compile(r"eval/[^/]+/(pass@1|pass@1_low|pass@1_high|constant)$")
    note(what="accuracy", recipe=recipe, seed=seed, side=side, step=step, average=found["eval_average"],
         faults=found["eval/faults"], **{key: value for key, value in found.items() if wanted.match(key)})


@functools.cache
def start(recipe):
    """The folder of the weights that all seeds of both sides begin with: after the cold start, where there is one.
    It stays for later calls with the same recipe and model."""
    text = RECIPES[recipe].read_text() + str(pathlib.Path(options.model).resolve())
    folder = options.folder / f"{recipe}-start-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    weights = folder / "weights"
    if not weights.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        made = folder / "exported"
        if recipe == "chain_sum":
            run(options.assay, "export", "--model", options.model, "--output", made)
        else:
            made = assay("sft", RECIPES[recipe], "--model", options.model, "--no-eval", "--runs", folder)["checkpoint"]
        weights.symlink_to(made)
    return weights.resolve()


def forget(recipe, seed):
    """What an earlier call measured of it: rows of two runs make no curve."""
    if not measured.exists():
        return
    rows = [json.loads(line) for line in measured.read_text().splitlines()]
    kept = [row for row in rows if (row["recipe"], row["seed"]) != (recipe, seed)]
    measured.write_text("".join(json.dumps(row) + "\n" for row in kept))


def compare(recipe, seed):
    folder = options.folder / f"{recipe}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    forget(recipe, seed)
    model = start(recipe)
    finished = train_by_assay(recipe, model, seed, folder / "assay")
    if options.peer_steps != 0:
        train_by_trl(recipe, finished, model, seed, folder / "trl")
    evaluate(recipe, seed, "start", 0, model)
    for side, checkpoints in (("assay", finished / "checkpoints"), ("trl", folder / "trl")):
        for checkpoint in sorted(checkpoints.glob("step-*"), key=number):
            evaluate(recipe, seed, side, number(checkpoint), checkpoint)
    shutil.rmtree(folder)  # 2 GB a checkpoint


def number(folder):
    return int(folder.name.removeprefix("step-"))


if not options.report:
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ["PYTHONPATH"] = str(ROOT / "python")
    for recipe in options.recipe or RECIPES:
        for seed in options.seeds:
            compare(recipe, seed)
rows = [json.loads(line) for line in measured.read_text().splitlines()]
print(report.table(rows))
report.plot(rows, options.folder / "learning.png")
