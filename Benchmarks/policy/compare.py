"""Runs `assay bench policy` and its peers in turns and prints a table: figures, and ratios of this run.

    compare.py --assay BINARY --folder FOLDER [--only PART]... [--repetitions N]

FOLDER holds hf/, bf16.gguf and q8_0.gguf of one model. A peer that fails is a line that says so; the others go on.
"""
import argparse
import json
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--assay", required=True)
parser.add_argument("--folder", type=pathlib.Path, required=True)
parser.add_argument("--only", action="append", choices=["sampling", "one", "step", "grpo"])
parser.add_argument("--repetitions", type=int, default=3)
options = parser.parse_args()
PEERS = pathlib.Path(__file__).with_name("peers.py")


def lines(command):
    print("  " + " ".join(map(str, command[-8:])), file=sys.stderr)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"  failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return []
    # TRL prints its own figures too, as a Python dictionary.
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]


def assay(*arguments):
    return lines([
        options.assay, "bench", "policy", "--json", "--model", options.folder / "hf", "--repetitions",
        str(options.repetitions), *arguments])


def peer(what, model, *arguments):
    found = lines([
        sys.executable, PEERS, what, options.folder / model, "--repetitions", str(options.repetitions), *arguments])
    return found[-1] if found else {}


def row(name, ours, key, peers, larger_is_better):
    """One line of the table: our figure, and each peer's with the ratio in our favour."""
    cells = []
    for peer_name, found in peers:
        if key not in found or key not in ours:
            cells.append(f"{peer_name}: did not run")
            continue
        ratio = ours[key] / found[key] if larger_is_better else found[key] / ours[key]
        cells.append(f"{peer_name} {found[key]:.3g}: **{ratio:.2f}x**")
    figure = f"{ours[key]:.3g}" if key in ours else "did not run"
    print(f"| {name} | {figure} | {' · '.join(cells)} |", flush=True)


def sampling(count, weights="full"):
    ours = assay("--only", "sampling", "--sequences", str(count), "--weights", weights)
    peers = [
        ("llama.cpp BF16", peer("llamacpp", "bf16.gguf", "--sequences", str(count))),
        ("llama.cpp Q8_0", peer("llamacpp", "q8_0.gguf", "--sequences", str(count))),
        ("transformers fp32", peer("sampling", "hf", "--sequences", str(count))),
        ("transformers bf16", peer("sampling", "hf", "--sequences", str(count), "--precision", "bf16")),
    ]
    row(f"sampling {count}{'' if weights == 'full' else ', ' + weights}, tokens/s", ours[0] if ours else {}, "tokens_per_second", peers, True)


def steps():
    ours = {int(one["length"]): one for one in assay("--only", "step")}
    for length in [128, 256]:
        peers = [
            (f"PyTorch {precision}", peer("step", "hf", "--length", str(length), "--precision", precision))
            for precision in ["bf16", "fp32"]]
        row(f"step 8x{length}, s", ours.get(length, {}), "seconds", peers, False)


def grpo():
    ours = {int(one["kl"]): one for one in assay("--only", "grpo")}
    for kl in [1, 0]:
        peers = [
            (f"TRL {precision}", peer("grpo", "hf", "--precision", precision, *["--kl"] * kl))
            for precision in ["fp32", "bf16"]]
        name = f"GRPO step, KL {'on' if kl else 'off'}"
        row(name + ", s", ours.get(kl, {}), "seconds", peers, False)
        row(name + ", peak GB", ours.get(kl, {}), "peak_gigabytes", peers, False)


wanted = options.only or ["one", "sampling", "step", "grpo"]
print("| work | Assay | peers: figure and ratio |\n| --- | --- | --- |")
if "one" in wanted:
    sampling(1, "q8_0")
    sampling(1)
if "sampling" in wanted:
    sampling(32)
    sampling(64)
if "step" in wanted:
    steps()
if "grpo" in wanted:
    grpo()
