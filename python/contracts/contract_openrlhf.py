"""OpenRLHF's rollout agent and its conversion of the answer against /get_reward. Replaced: vLLM and the Ray
actor around it, by modules that do nothing, as OpenRLHF's own tests do; the engine is a stub.
"""

import asyncio
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

for module in ("vllm", "openrlhf.trainer.ray.vllm_engine"):
    sys.modules[module] = MagicMock()

import tiny_model  # noqa: E402
from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator  # noqa: E402
from openrlhf.utils.agent import SingleTurnAgentExecutor  # noqa: E402
from table import URL, attempt, check, finish  # noqa: E402

GET_REWARD = URL + "/get_reward"
PROMPT = "user: what is one and one"
tokenizer = tiny_model.tokenizer()


class Engine:
    def __init__(self, text):
        self.ids = tokenizer(text)["input_ids"] + [tokenizer.eos_token_id]

    async def generate(self, prompt_ids, parameters, multi_modal_data=None):
        return SimpleNamespace(outputs=[
            SimpleNamespace(token_ids=self.ids, finish_reason="stop", logprobs=None)])


def rollout(text, label):
    """What the executor hands on for one sample."""
    parameters = SimpleNamespace(max_tokens=8, logprobs=None)
    return asyncio.run(SingleTurnAgentExecutor(GET_REWARD).execute(
        PROMPT, label, parameters, 64, tokenizer, Engine(text)))


def fetched(urls, queries, labels):
    executor = SingleTurnAgentExecutor(urls)
    return asyncio.run(executor._fetch_rewards_via_http(queries, [PROMPT] * len(queries), labels))


def experience(text, label):
    return SamplesGenerator._process_response_into_experience(None, rollout(text, label), max_len=64)


attempt("a right answer behind the prompt, with special tokens", lambda: (
    rollout("is \\boxed{2}", "2")["reward"], rollout("is \\boxed{2}", "2")["scores"]), ([1.0], [1.0]))
attempt("a wrong answer", lambda: rollout("is \\boxed{3}", "2")["reward"], [0.0])
attempt("the answer becomes the trainer's tensors", lambda: (
    experience("is \\boxed{2}", "2").rewards.flatten().tolist(),
    experience("is \\boxed{3}", "2").scores.flatten().tolist()), ([1.0], [0.0]))


def are_numbers(logs):
    """extra_logs of numbers or lists of one number, since each becomes a tensor"""
    flat = [v[0] if isinstance(v, list) else v for v in logs.values()]
    return bool(flat) and all(isinstance(v, (int, float)) for v in flat)


attempt("extra_logs are numbers", lambda: rollout("is \\boxed{2}", "2")["extra_logs"], are_numbers)
attempt("extra_logs have the same names for every sample", lambda: (
    rollout("is \\boxed{2}", "2")["extra_logs"].keys() == rollout("one", "2")["extra_logs"].keys()), True)
attempt("a batch over two servers: in order", lambda: [
    reward for part in fetched([GET_REWARD, GET_REWARD],
                               [f"{PROMPT} \\boxed{{{n}}}<eos>" for n in (2, 3, 2, 2, 3)], ["2"] * 5)
    for reward in part["rewards"]], [1.0, 0.0, 1.0, 1.0, 0.0])

found = rollout("is \\boxed{2}", "")


def is_usable(output):
    """a reward that is a number, and the fault in extra_logs: without a number the trainer stops"""
    reward = output["reward"]
    is_number = isinstance(reward, list) and isinstance(reward[0], (int, float)) and reward[0] == reward[0]
    return is_number and any("fault" in name for name in output["extra_logs"])


check("a fault: a number for the trainer, and counted in extra_logs", found, is_usable)
finish()
