import unittest

import context  # noqa: F401, first of all: it sets the path
from assay_rewards.rows import completion_text, prompt_of, row


def made(columns, index=0, reference_column=None):
    return row(index, "p", "c", columns, "math", reference_column)


class Rows(unittest.TestCase):
    def test_columns_that_are_used(self):
        cases = [
            ({}, {"id": "0", "domain": "math"}),
            ({"id": ["q7"]}, {"id": "q7"}),  # the samples of a group share their problem's id
            ({"id": [0]}, {"id": "0"}),
            ({"domain": ["logic"]}, {"domain": "logic"}),
            ({"domain": [None]}, {"domain": "math"}),
            ({"reference": ["1"], "answer": ["2"]}, {"reference": "1"}),
            ({"reference": [None], "answer": ["a\n#### 2"]}, {"answer": "a\n#### 2"}),
            ({"solution": ["$x$"]}, {"reference": "$x$"}),
            ({"ground_truth": [0]}, {"reference": 0}),  # a zero is a reference
            ({"language": ["de"]}, {"language": "de"}),
            ({"metadata": [{"a": 1}]}, {"metadata": {"a": 1}}),
            ({"metadata": ['{"a": 1}']}, {"metadata": {"a": 1}}),
            ({"metadata": ["no object"]}, {}),
            ({"images": [object()], "trainer_state": object(), "domain": "whole"}, {}),
        ]
        for columns, expected in cases:
            with self.subTest(columns=columns):
                always = {"id": "0", "domain": "math", "prompt": "p", "completion": "c"}
                self.assertEqual(made(columns), {**always, **expected})

    def test_each_sample_takes_its_own_cell(self):
        self.assertEqual(made({"answer": ["1", "2"]}, index=1)["answer"], "2")

    def test_a_named_column_of_references(self):
        columns = {"gold": ["4"], "answer": ["5"]}
        self.assertEqual(made(columns, reference_column="gold")["reference"], "4")
        self.assertNotIn("answer", made(columns, reference_column="gold"))

    def test_tests(self):
        cases = [
            # As a data set that mixes kinds of tests hands them out.
            ({"kind": "stdio", "cases": [{"stdin": "1", "stdout": "2", "args": None}], "function": None},
             {"kind": "stdio", "cases": [{"stdin": "1", "stdout": "2"}]}),
            ({"kind": "call", "function": "f", "cases": [{"args": [None], "expected": None, "stdin": None}]},
             {"kind": "call", "function": "f", "cases": [{"args": [None], "expected": None}]}),
            ({"kind": "assert", "asserts": ["assert f()"], "limits": {"cpu_seconds": 1, "memory_mb": None}},
             {"kind": "assert", "asserts": ["assert f()"], "limits": {"cpu_seconds": 1}}),
            ('{"kind": "assert", "asserts": []}', {"kind": "assert", "asserts": []}),
            ('[{"stdin": "", "stdout": "1"}]', [{"stdin": "", "stdout": "1"}]),
            ({"inputs": ["1"], "outputs": ["2"], "fn_name": None}, {"inputs": ["1"], "outputs": ["2"]}),
        ]
        for given, expected in cases:
            with self.subTest(given=given):
                self.assertEqual(made({"tests": [given]})["tests"], expected)
        self.assertNotIn("tests", made({"tests": [None]}))

    def test_texts_of_completions(self):
        think = {"role": "assistant", "content": "4", "reasoning_content": "2+2"}
        cases = [
            ("plain", "plain"),
            ([{"role": "assistant", "content": "said"}], "said"),
            ([{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "image"}]}], "a"),
            ([think], "<think>\n2+2\n</think>\n4"),
            # With tools: the last thing that the assistant says.
            ([{"role": "assistant", "content": None}, {"role": "tool", "content": "8"},
              {"role": "assistant", "content": "It is 8"}], "It is 8"),
            ([{"role": "assistant", "content": "8"}, {"role": "tool", "content": "x"}], "8"),
            ([], ""),
        ]
        for completion, expected in cases:
            with self.subTest(completion=completion):
                self.assertEqual(completion_text(completion), expected)

    def test_prompts(self):
        self.assertEqual(prompt_of(None), "")
        self.assertEqual(
            prompt_of([{"role": "user", "content": [{"type": "text", "text": "q"}], "extra": 1}]),
            [{"role": "user", "content": "q"}])


if __name__ == "__main__":
    unittest.main()
