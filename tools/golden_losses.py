"""What TRL's GRPOTrainer._compute_loss says of fixed log-probabilities: losses, gradients and metrics.

Writes Tests/TrainerTests/Golden/losses.json: four completions of 6, 4, 1 and 3 tokens with their log-probabilities
under the policy, the policy that sampled and the reference (nats), entropies and advantages; and for each case the
options under TRL's names, `loss`, `policy_loss`, `gradient` (d loss / d logp, rows as long as the completions),
`entropy_gradient` and the metrics that TRL logs. All in float64.

The trainer is made without its __init__; the model's forward is replaced by the fixed tensors, all else is TRL's.

Run: python tools/golden_losses.py          needs torch, trl 1.16
"""

import collections
import json
import pathlib
import types

import torch
import trl
from trl.trainer.grpo_trainer import GRPOTrainer

PLACE = pathlib.Path(__file__).resolve().parent.parent / "Tests/TrainerTests/Golden/losses.json"
LENGTHS = [6, 4, 1, 3]
WIDTH = max(LENGTHS)
ADVANTAGES = [1.2, -0.7, 0.4, -1.1]
LIMIT = 8

STANDARD = {
    "loss_type": "grpo", "importance_sampling_level": "token", "epsilon": 0.2, "epsilon_high": 0.2, "delta": None,
    "beta": 0.0, "use_bias_correction_kl": False, "entropy_coef": 0.0, "on_policy": False, "masked": [],
    "num_items_in_batch": None, "steps_per_generation": 1,
}

CASES = [
    {"loss_type": name, **options}
    for name in ["grpo", "dr_grpo", "bnpo", "dapo"]
    for options in [
        {}, {"on_policy": True}, {"epsilon_high": 0.28}, {"beta": 0.04},
        {"beta": 0.04, "use_bias_correction_kl": True}, {"delta": 1.5}, {"importance_sampling_level": "sequence"},
        {"importance_sampling_level": "sequence", "epsilon": 3e-4, "epsilon_high": 4e-4},
        {"importance_sampling_level": "sequence", "beta": 0.04, "use_bias_correction_kl": True},
        {"importance_sampling_level": "sequence", "beta": 0.04, "use_bias_correction_kl": True, "on_policy": True},
        {"masked": [1]}, {"masked": [1], "importance_sampling_level": "sequence", "beta": 0.04},
        {"entropy_coef": 0.01}, {"entropy_coef": 0.01, "masked": [0]},
    ]
] + [
    {"loss_type": "cispo", **options}
    for options in [
        {"epsilon_high": 5.0}, {"epsilon_high": 1.2}, {"epsilon_high": 1.2, "beta": 0.04},
        {"epsilon_high": 1.05, "importance_sampling_level": "sequence"}, {"epsilon_high": 5.0, "on_policy": True},
        {"epsilon_high": 1.2, "masked": [3], "entropy_coef": 0.02},
    ]
] + [
    {"loss_type": name, "num_items_in_batch": 40, "steps_per_generation": 2} for name in ["dapo", "cispo"]
]


def tensors():
    """Fixed numbers of no meaning; differences to the sampler reach beyond every clip."""
    make = torch.Generator().manual_seed(7)
    shape = (len(LENGTHS), WIDTH)
    logp = -3 * torch.rand(shape, generator=make, dtype=torch.float64) - 0.05
    old = logp - 0.45 * torch.randn(shape, generator=make, dtype=torch.float64)
    reference = logp + 0.6 * torch.randn(shape, generator=make, dtype=torch.float64)
    entropy = 2 * torch.rand(shape, generator=make, dtype=torch.float64)
    # float32 can hold them, so that both sides begin with the same numbers.
    return [x.float().double() for x in (logp, old, reference, entropy)]


class Accelerator:
    num_processes = 1
    sync_gradients = True
    gather = gather_for_metrics = staticmethod(lambda x: x)
    reduce = staticmethod(lambda x, reduction: x)


def run(options, logp, old, reference, entropy):
    trainer = GRPOTrainer.__new__(GRPOTrainer)
    logp, entropy = logp.clone().requires_grad_(), entropy.clone().requires_grad_()
    trainer._get_per_token_logps_and_entropies = lambda *a, **k: (logp, entropy, None)
    trainer.accelerator = Accelerator()
    trainer.model = types.SimpleNamespace(training=True)
    trainer.args = types.SimpleNamespace(
        delta=options["delta"], use_bias_correction_kl=options["use_bias_correction_kl"],
        steps_per_generation=options["steps_per_generation"])
    trainer.loss_type = options["loss_type"]
    trainer.importance_sampling_level = options["importance_sampling_level"]
    trainer.epsilon_low, trainer.epsilon_high = options["epsilon"], options["epsilon_high"]
    trainer.beta = options["beta"]
    trainer.max_completion_length = LIMIT
    trainer.top_entropy_quantile = 1.0
    trainer.off_policy_mask_threshold = None
    trainer.use_vllm = trainer.aux_loss_enabled = trainer.use_adaptive_entropy = False
    trainer.entropy_coef = options["entropy_coef"]
    trainer._entropy_bonus_enabled = options["entropy_coef"] != 0
    trainer.current_gradient_accumulation_steps = 1
    trainer._metrics = {"train": collections.defaultdict(list)}

    mask = torch.zeros(len(LENGTHS), WIDTH, dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        mask[row, :length] = row not in options["masked"]
    items = options["num_items_in_batch"]
    prompt = torch.ones(len(LENGTHS), 1, dtype=torch.long)
    inputs = {
        "prompt_ids": prompt, "prompt_mask": prompt, "completion_ids": torch.ones_like(mask), "completion_mask": mask,
        "advantages": torch.tensor(ADVANTAGES, dtype=torch.float64), "ref_per_token_logps": reference,
        "num_items_in_batch": mask.sum() if items is None else torch.tensor(items),
    }
    if not options["on_policy"]:
        inputs["old_per_token_logps"] = old
    loss = trainer._compute_loss(trainer.model, inputs)
    loss.backward()
    metrics = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    bonus = 0.0
    if options["entropy_coef"]:
        bonus = options["entropy_coef"] * metrics["entropy"]
    return {
        "options": options, "loss": loss.item(), "policy_loss": loss.item() + bonus,
        "gradient": rows(logp.grad), "metrics": metrics,
        "entropy_gradient": rows(entropy.grad) if entropy.grad is not None else None,
    }


def rows(x):
    return [x[row, :length].tolist() for row, length in enumerate(LENGTHS)]


def main():
    logp, old, reference, entropy = tensors()
    cases = [run({**STANDARD, **case}, logp, old, reference, entropy) for case in CASES]
    golden = {
        "trl": trl.__version__, "limit": LIMIT, "lengths": LENGTHS, "advantages": ADVANTAGES, "logp": rows(logp),
        "old": rows(old), "reference": rows(reference), "entropy": rows(entropy), "cases": cases,
    }
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in golden.items() if key != "cases")
    body = ",\n".join(json.dumps(case) for case in cases)
    PLACE.write_text("{\n" + lines + ',\n"cases": [\n' + body + "\n]}\n")
    print(f"{len(cases)} cases of trl {trl.__version__} in {PLACE.name}")


if __name__ == "__main__":
    main()
