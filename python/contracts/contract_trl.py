"""TRL's GRPOTrainer trains a tiny model on rewards of the service: 2 problems a step, 8 samples each. The
second problem has no answer to judge by, so all its samples are faults."""

import importlib
import math
import pickle
import tempfile

import tiny_model
from assay_rewards import RemoteReward
from datasets import Dataset
from table import URL, attempt, check, finish
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer

GROUP = 8
STEPS = 3


class Recorder(GRPOTrainer):
    """Notes what each call of the reward functions gave, as tensors see it."""

    def _calculate_rewards(self, inputs, prompts, completions, completion_ids_list):
        rewards = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        for example, completion, reward in zip(inputs, completions, rewards[:, 0].tolist()):
            text = completion if isinstance(completion, str) else completion[0]["content"]
            self.seen.append((example["answer"], text.strip(), reward))
        return rewards


class Losses(TrainerCallback):
    def __init__(self):
        self.logs = []

    def on_log(self, arguments, state, control, logs=None, **_):
        if "loss" in (logs or {}):
            self.logs.append(logs)


def train(prompts, reward):
    """Trains, returns the samples [(answer, text, reward)] and a log a step."""
    with tempfile.TemporaryDirectory() as folder:
        losses = Losses()
        trainer = Recorder(
            model=tiny_model.model(), processing_class=tiny_model.tokenizer(), reward_funcs=reward,
            train_dataset=Dataset.from_list([
                {"prompt": prompts[i % 2], "answer": ("2", None)[i % 2], "id": f"q{i}"} for i in range(8)]),
            args=GRPOConfig(
                output_dir=folder, per_device_train_batch_size=2 * GROUP, num_generations=GROUP,
                max_completion_length=1, max_steps=STEPS, logging_steps=1, learning_rate=1e-3, use_cpu=True,
                shuffle_dataset=False, bf16=False, report_to="none", save_strategy="no", seed=3,
                disable_tqdm=True),
            callbacks=[losses])
        trainer.seen = []
        trainer.train()
        return trainer.seen, losses.logs


def misjudged(seen):
    """The samples that are one box and have another reward than it deserves."""
    boxes = {"\\boxed{2}": 1.0, "\\boxed{3}": 0.0}
    return {
        (text, reward) for answer, text, reward in seen
        if answer == "2" and text in boxes and reward != boxes[text]
    }


plain = ["what is one and one", "what is and one"]
chats = [[{"role": "user", "content": text}] for text in plain]
for form, prompts in (("plain", plain), ("conversational", chats)):
    seen, logs = train(prompts, RemoteReward(["math-answer"], url=URL, name="assay"))
    judged = [reward for answer, _, reward in seen if answer == "2"]
    check(f"{form}: {STEPS} steps of training with a finite loss",
          [math.isfinite(log["loss"]) for log in logs], [True] * STEPS)
    check(f"{form}: every judged sample has a number", (len(judged), any(map(math.isnan, judged))),
          (STEPS * GROUP, False))
    check(f"{form}: right boxes earn 1, wrong ones 0", misjudged(seen), set())
    check(f"{form}: both rewards were seen", {0.0, 1.0} <= set(judged), True)
    check(f"{form}: a fault is NaN in the trainer, never 0",
          {math.isnan(reward) for answer, _, reward in seen if answer is None}, {True})
    means = [log["rewards/assay/mean"] for log in logs]
    wanted = [sum(judged[s * GROUP : (s + 1) * GROUP]) / GROUP for s in range(STEPS)]
    check(f"{form}: the logged mean leaves faults out", [round(m, 5) for m in means],
          [round(m, 5) for m in wanted])
    check(f"{form}: faults are counted", [log["assay/faults"] for log in logs], [float(GROUP)] * STEPS)

for path in ("math_reward", "code_reward", "logic_reward", "think_format_reward"):
    # As trl's script does with a dotted path.
    found = getattr(importlib.import_module("assay_rewards.trl"), path)
    check(f"assay_rewards.trl.{path} is found by its path and pickles",
          pickle.loads(pickle.dumps(found)).__name__, path)
attempt("think_format_reward judges without a reference", lambda: importlib.import_module(
    "assay_rewards.trl").think_format_reward(
        prompts=["p"] * 2, completions=["<think>\nSeven and eight make fifteen: write five, carry one.\n</think>\n2", "2"]), [1.0, 0.0])
finish()
