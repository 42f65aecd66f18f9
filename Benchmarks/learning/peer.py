"""TRL's GRPOTrainer on the problems of a run of Assay's, step by step the same, with the run's hyper-parameters.

    peer.py RUN MODEL OUTPUT --url URL --seed S [--steps N] [--micro-batch N] [--precision fp32|bf16]

RUN is the folder of `assay train`: its recipe.yaml has the settings, its rollouts.sqlite the problems. Rewards are those
of `assay serve --recipe` at URL. A line of JSON a step on standard output: step, seconds since the first step began
(without what saving takes), reward, length. The policy is saved as OUTPUT/step-N where the run has a checkpoint.
"""
import argparse
import json
import os
import pathlib
import sqlite3
import sys
import time

import datasets
import torch
import transformers
import trl
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
from assay_rewards import RemoteReward  # noqa: E402  (from this tree, not installed)

parser = argparse.ArgumentParser()
parser.add_argument("run", type=pathlib.Path)
parser.add_argument("model")
parser.add_argument("output", type=pathlib.Path)
parser.add_argument("--url", required=True)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--steps", type=int, help="the run's first N; all when absent")
parser.add_argument("--micro-batch", type=int, default=32, help="completions of one pass, at most")
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
options = parser.parse_args()

recipe = yaml.safe_load((options.run / "recipe.yaml").read_text())
grpo, sampling = recipe["stages"][0]["grpo"], recipe["sampling"]
assert grpo["loss"] in ("grpo", "dapo") and grpo["minibatches"] == 1, "objectives that both sides divide alike"
group, problems = grpo["group_size"], grpo["problems_per_step"]
steps = grpo["steps"]  # of the schedule, whenever it stops
# What each step of the run learnt at: transformers' own warm-up begins a step later, at 0.
rates = [json.loads(line)["learning_rate"] for line in (options.run / "metrics.jsonl").read_text().splitlines()]
# As many groups a pass as fit, and as many passes a step: the same batch in less memory.
groups = max(n for n in range(1, problems + 1) if problems % n == 0 and (n == 1 or n * group <= options.micro_batch))


def rows():
    """The run's problems in the order of its steps, as TRL wants them."""
    query = (
        "SELECT p.json FROM rollouts r JOIN steps s ON s.id = r.step_id JOIN problems p ON p.id = r.problem_id "
        "WHERE s.purpose = 'training' AND r.sample = 0 ORDER BY s.step, r.\"group\"")
    database = sqlite3.connect(f"file:{options.run / 'rollouts.sqlite'}?mode=ro", uri=True)
    for (text,) in database.execute(query):
        problem = json.loads(text)
        system = [{"role": "system", "content": recipe["system_prompt"]}] if recipe.get("system_prompt") else []
        yield {
            "prompt": system + [{"role": "user", "content": problem["prompt"]}], "domain": problem["domain"],
            **judged(problem)}


def judged(problem):
    """What a problem is judged by. A column is of one type: objects travel as JSON, a puzzle among the metadata."""
    reference, puzzle = problem.get("reference"), None
    if isinstance(reference, dict):
        reference, puzzle = None, json.dumps({"puzzle": reference})
    return {
        "reference": reference, "metadata": puzzle,
        "tests": json.dumps(problem["tests"]) if "tests" in problem else None}


class Clock(transformers.TrainerCallback):
    """Adds up what the steps take, and saves the policy between them."""

    def __init__(self):
        self.seconds = 0.0

    def on_step_begin(self, arguments, state, control, **_):
        self.start = time.perf_counter()

    def on_step_end(self, arguments, state, control, model=None, **_):
        self.seconds += time.perf_counter() - self.start
        if (options.run / "checkpoints" / f"step-{state.global_step}").exists():
            folder = options.output / f"step-{state.global_step}"
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        if state.global_step == options.steps:
            control.should_training_stop = True

    def on_log(self, arguments, state, control, logs=None, **_):
        if "reward" in logs:
            print(json.dumps({
                "step": state.global_step, "seconds": self.seconds, "reward": logs["reward"],
                "length": logs["completions/mean_length"], "learning_rate": logs.get("learning_rate"),
                "grad_norm": logs.get("grad_norm"), "frac_reward_zero_std": logs.get("frac_reward_zero_std")}),
                flush=True)


class Trainer(trl.GRPOTrainer):
    """Learns at the run's rates."""

    def create_scheduler(self, num_training_steps, optimizer=None):
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer or self.optimizer,
            lambda step: rates[min(step, steps - 1)] / self.args.learning_rate)  # it asks once more at the end
        return self.lr_scheduler


torch.set_num_threads(os.cpu_count())
tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
data = datasets.Dataset.from_list(list(rows())[:steps * problems])
assert len(data) == steps * problems, f"{len(data)} problems for {steps} steps of {problems}"
assert len(rates) == steps, f"learning rates of {len(rates)} steps, not {steps}"
arguments = trl.GRPOConfig(
    output_dir=str(options.output), seed=options.seed, use_cpu=True, bf16=options.precision == "bf16",
    max_steps=steps, per_device_train_batch_size=groups * group,
    gradient_accumulation_steps=problems // groups, num_generations=group, shuffle_dataset=False,
    temperature=sampling["temperature"], top_p=sampling["top_p"], top_k=sampling["top_k"],
    max_completion_length=sampling["max_completion_tokens"],
    loss_type=grpo["loss"], beta=grpo["kl_coefficient"], epsilon=grpo["clip_epsilon_low"],
    epsilon_high=grpo["clip_epsilon_high"], num_iterations=grpo["num_iterations"], scale_rewards=grpo["scale_rewards"],
    mask_truncated_completions=grpo["mask_truncated_completions"],
    learning_rate=float(grpo["learning_rate"]), weight_decay=grpo["weight_decay"], max_grad_norm=grpo["max_grad_norm"],
    adam_beta1=grpo["adam_beta1"], adam_beta2=grpo["adam_beta2"], gradient_checkpointing=False, report_to=[],
    save_strategy="no", logging_steps=1)
trainer = Trainer(
    model=options.model, args=arguments, processing_class=tokenizer, train_dataset=data, callbacks=[Clock()],
    reward_funcs=RemoteReward(url=options.url))
trainer.train()
os._exit(0)
