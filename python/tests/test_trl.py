import inspect
import os
import pickle
import unittest
from unittest import mock

import context  # noqa: F401, first of all: it sets the path
from assay_rewards import BadRow, RemoteReward, trl
from fake_server import FakeServer


class Reward(unittest.TestCase):
    def test_as_the_trainer_calls_it(self):
        metrics, extras = [], []
        with FakeServer() as server:
            rewards = RemoteReward(["math-answer"], url=server.url, name="answers")(
                prompts=["1+1", "1+1", "1+1"], completions=["\\boxed{2}", "\\boxed{3}", "\\boxed{2}"],
                completion_ids=[[1], [2], [3]], answer=["2", "2", None], trainer_state=object(),
                log_metric=lambda *metric: metrics.append(metric),
                log_extra=lambda *extra: extras.append(extra))
        self.assertEqual(rewards, [1.0, 0.0, None])  # no answer to judge by is a fault, not a zero
        self.assertEqual(metrics, [("assay/faults", 1.0)])
        self.assertEqual(extras, [("answers/why", [
            "math-answer: equal", "math-answer: wrong-answer",
            "math-answer: unreadable-reference (The row has no reference.)"])])
        self.assertEqual(server.requests[0][3]["verifiers"], [{"name": "math-answer"}])

    def test_conversations(self):
        with FakeServer() as server:
            rewards = RemoteReward(url=server.url)(
                prompts=[[{"role": "user", "content": "1+1"}]],
                completions=[[{"role": "assistant", "content": "\\boxed{2}"}]], reference=["2"])
        self.assertEqual(rewards, [1.0])
        row = server.requests[0][3]["rows"][0]
        self.assertEqual(row["prompt"], [{"role": "user", "content": "1+1"}])
        self.assertNotIn("verifiers", server.requests[0][3])

    def test_rows_of_several_domains(self):
        code = "```python\nprint(int(input()) + 1)\n```"
        tests = {"kind": "stdio", "cases": [{"stdin": "1", "stdout": "2"}]}
        with FakeServer() as server:
            rewards = RemoteReward(url=server.url)(
                ["a", "b"], ["\\boxed{2}", code], domain=["math", "code"], answer=["2", None],
                tests=[None, tests])
        self.assertEqual(rewards, [1.0, 1.0])

    def test_a_sample_that_is_no_row_stops_the_run(self):
        with FakeServer() as server:
            server.script = [(200, {}, {"results": [{"index": 0, "error": "“tests” has no kind."}]})]
            with self.assertRaisesRegex(BadRow, "Sample 0 is no row: “tests” has no kind. Correct"):
                RemoteReward(url=server.url)(["p"], ["c"])

    def test_pickled_before_and_after_its_first_call(self):
        with FakeServer() as server:
            reward = RemoteReward(["math-answer"], url=server.url, name="answers")
            for _ in range(2):
                again = pickle.loads(pickle.dumps(reward))
                self.assertEqual(again.__name__, "answers")
                self.assertEqual(again(["p"], ["\\boxed{2}"], answer=["2"]), [1.0])
                reward(["p"], ["\\boxed{2}"], answer=["2"])

    def test_trl_sees_a_plain_callable(self):
        self.assertFalse(inspect.iscoroutinefunction(RemoteReward().__call__))


class ReadyMade(unittest.TestCase):
    def test_by_dotted_path(self):
        tests = [{"kind": "assert", "asserts": ["assert f() == 1"]}]
        code = "```python\ndef f(): return 1\n```"
        cases = [
            ("math_reward", "so \\boxed{2}", {"answer": ["2"]}),
            ("code_reward", code, {"tests": tests}),
            ("logic_reward", "knave", {"answer": ["knave"]}),
            ("think_format_reward", "<think>so</think>2", {}),
        ]
        with FakeServer() as server, mock.patch.dict(os.environ, {"ASSAY_URL": server.url}):
            for name, completion, columns in cases:
                with self.subTest(name=name):
                    function = getattr(trl, name)
                    self.assertEqual(function.__name__, name)
                    fresh = pickle.loads(pickle.dumps(function))  # its client reads this test's address
                    self.assertEqual(fresh(prompts=["p"], completions=[completion], **columns), [1.0])


if __name__ == "__main__":
    unittest.main()
