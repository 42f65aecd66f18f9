import importlib.util
import json
import unittest
from unittest import mock

import context  # noqa: F401, first of all: it sets the path
from assay_rewards import AssayError, BadRow, Fault, verl
from assay_rewards.verl import compute_score, compute_score_batch
from fake_server import FakeServer

CODE = "```python\nprint(int(input()) + 1)\n```"
TRUTH = json.dumps({"inputs": ["1\n"], "outputs": ["2\n"], "fn_name": None})
FAULT_ANSWER = {"results": [{"id": "0", "reward": None, "verdicts": {
    "math-answer": {"status": "fault", "reason": "worker-died", "message": "The worker died."}}}]}


class Scores(unittest.TestCase):
    def test_always_the_same_keys(self):
        cases = [
            (("openai/gsm8k", "so \\boxed{2}", "2"),
             {"score": 1.0, "acc": 1.0, "assay_fault": 0, "pred": "2"}),
            (("openai/gsm8k", "so \\boxed{3}", "2"),
             {"score": 0.0, "acc": 0.0, "assay_fault": 0, "pred": "3"}),
            (("openai/gsm8k", "no answer", "2"),
             {"score": 0.0, "acc": 0.0, "assay_fault": 0, "pred": ""}),
            (("taco", CODE, TRUTH), {"score": 1.0, "acc": 1.0, "assay_fault": 0, "pred": ""}),
            (("my/own", CODE, json.loads(TRUTH)), {"score": 1.0, "acc": 1.0, "assay_fault": 0, "pred": ""}),
        ]
        with FakeServer() as server:
            for arguments, expected in cases:
                with self.subTest(arguments=arguments):
                    self.assertEqual(compute_score(*arguments, url=server.url), expected)

    def test_what_is_sent(self):
        extra = {"index": 7, "question": "1+1?", "num_turns": None, "rollout_reward_scores": {},
                 "language": "en", "tool": object()}
        with FakeServer() as server:
            compute_score("openai/gsm8k", "2", "2", extra, url=server.url, reward_router_address="x")
            compute_score("my/own", "2", "2", url=server.url, domain="logic", verifiers=["exact-match"])
        first, second = (request[3] for request in server.requests)
        self.assertEqual(first, {"rows": [{
            "data_source": "openai/gsm8k", "ability": "math", "prompt": "1+1?", "completion": "2",
            "reward_model": {"style": "rule", "ground_truth": "2"}, "language": "en",
            "extra_info": {"index": 7, "question": "1+1?", "rollout_reward_scores": {}, "language": "en"}}]})
        self.assertEqual(second["rows"][0]["ability"], "logic")
        self.assertEqual(second["verifiers"], [{"name": "exact-match"}])

    def test_domains(self):
        cases = [
            ("aime_2024", "math"), ("numina_olympiads", "math"), ("codecontests", "code"), ("my/own", None)]
        for source, domain in cases:
            self.assertEqual(verl.domain_of(source), domain, source)

    def test_a_batch_is_one_request(self):
        with FakeServer() as server:
            scores = compute_score_batch(
                ["math"] * 3, ["\\boxed{2}", "\\boxed{3}", "\\boxed{2}"], ["2"] * 3, [None] * 3,
                url=server.url)
        self.assertEqual([score["score"] for score in scores], [1.0, 0.0, 1.0])
        self.assertEqual(len(server.requests), 1)

    def test_accuracy_is_the_answers(self):
        verdicts = {"think-format": {"status": "rejected", "score": 0},
                    "math-answer": {"status": "accepted", "score": 1}}
        answer = {"results": [{"id": "0", "reward": 0.5, "verdicts": verdicts}]}
        with FakeServer() as server:
            server.script = [(200, {}, answer)]
            score = compute_score("math", "2", "2", url=server.url)
        self.assertEqual((score["score"], score["acc"]), (0.5, 1.0))
        # A fault of a verifier without a weight says nothing of the answer.
        verdicts["math-answer"] = {"status": "fault"}
        with FakeServer() as server:
            server.script = [(200, {}, answer)] * 3  # a fault is asked about again
            self.assertEqual(compute_score("math", "2", "2", url=server.url)["acc"], 0.5)


class Faults(unittest.TestCase):
    def test_asked_again_then_raised(self):
        with FakeServer() as server:
            server.script = [(200, {}, FAULT_ANSWER)] * 2
            self.assertEqual(compute_score("math", "\\boxed{2}", "2", url=server.url)["score"], 1.0)
            server.script = [(200, {}, FAULT_ANSWER)] * 3
            with self.assertRaisesRegex(Fault, "sample of math: math-answer: worker-died .The worker died"):
                compute_score("math", "\\boxed{2}", "2", url=server.url)
        self.assertEqual(len(server.requests), 6)

    def test_only_what_is_missing_is_asked_again(self):
        with FakeServer() as server, self.assertRaises(Fault):
            compute_score_batch(["math"] * 2, ["\\boxed{2}"] * 2, ["2", None], url=server.url)
        self.assertEqual([len(request[3]["rows"]) for request in server.requests], [2, 1, 1])

    def test_a_number_only_on_request(self):
        with FakeServer() as server:
            for number in (0.0, -1, "0.5"):
                score = compute_score("math", "2", None, url=server.url, on_fault=number)
                self.assertEqual(
                    score, {"score": float(number), "acc": float(number), "assay_fault": 1, "pred": ""})
        for wrong in ("zero", None, True, float("nan")):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(AssayError, "on_fault is"):
                compute_score("math", "2", "2", on_fault=wrong)

    def test_wrong_settings_and_rows(self):
        with self.assertRaisesRegex(AssayError, "“on_falt”. Use"):
            compute_score("math", "2", "2", on_falt=0)
        with FakeServer() as server, self.assertRaisesRegex(BadRow, "sample of math is no row"):
            server.script = [(200, {}, {"results": [{"index": 0, "error": "No."}]})]
            compute_score("math", "2", "2", url=server.url)


class Loading(unittest.TestCase):
    def test_by_its_path(self):
        spec = importlib.util.spec_from_file_location("custom_module", verl.__file__)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        with FakeServer() as server, mock.patch.dict("os.environ", {"ASSAY_URL": server.url}):
            self.assertEqual(module.compute_score("math", "\\boxed{2}", "2")["score"], 1.0)


if __name__ == "__main__":
    unittest.main()
