import asyncio
import json
import os
import pickle
import random
import threading
import unittest
from unittest import mock

import context  # noqa: F401, first of all: it sets the path
from assay_rewards import BadRow, Client, Overloaded, Refused, Unreachable
from assay_rewards.client import ROWS_A_REQUEST, ROWS_A_STREAM
from assay_rewards import transport
from fake_server import FakeServer, error, overloaded

RIGHT = {"id": "right", "domain": "math", "prompt": "1+1", "completion": "It is \\boxed{2}", "reference": "2"}
WRONG = {"id": "wrong", "domain": "math", "prompt": "1+1", "completion": "It is \\boxed{3}", "reference": "2"}
FAULTY = {"id": "faulty", "domain": "math", "prompt": "1+1", "completion": "It is \\boxed{3}"}
NO_ROW = {"id": "no row"}


def quick(server, **options):
    return Client(server.url, **{"timeout": 5, "retries": 3, **options})


class Pauses:
    """Stands in for time.sleep: notes the seconds and does not wait."""

    def __enter__(self):
        self.seconds = []
        self.patch = mock.patch.object(transport.time, "sleep", self.seconds.append)
        self.patch.start()
        return self.seconds

    def __exit__(self, *_):
        self.patch.stop()


class Scoring(unittest.TestCase):
    def test_results_in_the_order_of_the_rows(self):
        with FakeServer() as server:
            results = quick(server).score([RIGHT, WRONG, FAULTY, NO_ROW])
        self.assertEqual([r.id for r in results], ["right", "wrong", "faulty", None])
        self.assertEqual([r.reward for r in results], [1.0, 0.0, None, None])
        self.assertEqual(results[0].verdicts["math-answer"]["details"], {"extracted": "2"})
        self.assertEqual(list(results[2].faults), ["math-answer"])
        self.assertEqual(results[2].why(), "math-answer: unreadable-reference (The row has no reference.)")
        self.assertIn("completion", results[3].error)

    def test_what_is_sent(self):
        with FakeServer() as server:
            weighted = {"name": "think-format", "weight": 0.5, "options": {"answer_line": True}}
            quick(server).score([RIGHT], ["math-answer", weighted])
            quick(server).score([RIGHT])
        (method, path, headers, body, _), (_, _, _, plain, _) = server.requests
        self.assertEqual((method, path), ("POST", "/v1/score"))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(body, {"rows": [RIGHT], "verifiers": [{"name": "math-answer"}, weighted]})
        self.assertEqual(plain, {"rows": [RIGHT]})  # no key at all: the domain decides

    def test_no_rows_no_request(self):
        with FakeServer() as server:
            self.assertEqual(quick(server).score([]), [])
        self.assertEqual(server.requests, [])

    def test_many_rows_go_in_parts(self):
        rows = [{**RIGHT, "id": str(i)} for i in range(ROWS_A_REQUEST + 1)]
        with FakeServer() as server:
            results = quick(server).score(rows)
        self.assertEqual([r.id for r in results], [row["id"] for row in rows])
        self.assertEqual([len(request[3]["rows"]) for request in server.requests], [ROWS_A_REQUEST, 1])

    def test_no_request_ends_within_a_problem(self):
        # 100 problems of 5 samples, then one of more than a request's.
        rows = [{**RIGHT, "id": str(i // 5)} for i in range(500)] + [{**RIGHT, "id": "x"}] * (ROWS_A_REQUEST + 9)
        with FakeServer() as server:
            results = quick(server).score(rows)
        self.assertEqual([r.id for r in results], [row["id"] for row in rows])
        parts = [[row["id"] for row in request[3]["rows"]] for request in server.requests]
        self.assertTrue(all(len(part) <= ROWS_A_REQUEST for part in parts))
        for part, following in zip(parts, parts[1:]):
            self.assertTrue(part[-1] != following[0] or part[-1] == "x")

    def test_text_of_every_kind_arrives(self):
        text = "π ≈ 3 \u2028 \x00 \ud800 𝄞 \\boxed{2}"
        with FakeServer() as server:
            quick(server).score([{**RIGHT, "completion": text}])
        sent = server.requests[0][3]["rows"][0]["completion"]
        self.assertEqual(sent, text.replace("\ud800", "?"))  # half a character has no UTF-8

    def test_what_json_cannot_hold_names_its_row(self):
        with FakeServer() as server:
            for value in (float("nan"), object()):
                with self.assertRaisesRegex(BadRow, "Row 1 can't be written"):
                    quick(server).score([RIGHT, {**RIGHT, "reference": value}])
        self.assertEqual(server.requests, [])

    def test_answers_that_are_not_the_documented_ones(self):
        cases = [
            (b"<html>", "no JSON"),
            ({"results": []}, "0 results for 1 rows"),
            ({}, "no results for 1 rows"),
            ({"results": [7]}, "“7” for a row"),
            ({"results": [{"id": "1", "reward": "1"}]}, "for a reward"),
            ({"results": [{"id": "1", "reward": True}]}, "for a reward"),
            (b'{"results":[{"id":"1","reward":NaN}]}', "for a reward"),
        ]
        for body, message in cases:
            with self.subTest(body=body), FakeServer() as server:
                server.script = [(200, {}, body)]
                with self.assertRaisesRegex(Refused, message):
                    quick(server).score([RIGHT])


class Stream(unittest.TestCase):
    def test_rows_are_read_as_needed(self):
        taken = []

        def rows():
            for i in range(3 * ROWS_A_STREAM):
                taken.append(i)
                yield {**RIGHT, "id": str(i)}

        with FakeServer() as server:
            stream = quick(server).score_stream(rows())
            first = next(stream)
            self.assertEqual(len(taken), ROWS_A_STREAM)
            ids = [first.id] + [result.id for result in stream]
        self.assertEqual(ids, [str(i) for i in range(3 * ROWS_A_STREAM)])
        self.assertEqual(server.requests[0][2]["Content-Type"], "application/x-ndjson")

    def test_a_cut_stream_goes_on_where_it_was(self):
        rows = [{**RIGHT, "id": str(i)} for i in range(10)]
        with FakeServer() as server, Pauses() as pauses:
            server.cut_after = 4
            results = list(quick(server).score_stream(rows))
        self.assertEqual([r.id for r in results], [str(i) for i in range(10)])
        self.assertEqual([len(request[3]) for request in server.requests], [10, 6])
        self.assertEqual(len(pauses), 1)

    def test_a_bad_row_keeps_its_place(self):
        with FakeServer() as server:
            results = list(quick(server).score_stream([RIGHT, NO_ROW, WRONG]))
        self.assertEqual([r.reward for r in results], [1.0, None, 0.0])
        self.assertEqual([r.error is None for r in results], [True, False, True])

    def test_overload_and_refusal(self):
        with FakeServer() as server, Pauses() as pauses:
            server.script = [overloaded("2")]
            self.assertEqual([r.reward for r in quick(server).score_stream([RIGHT])], [1.0])
            server.script = [error(401, "unauthorized", "No.")]
            with self.assertRaisesRegex(Refused, "ASSAY_TOKEN"):
                list(quick(server).score_stream([RIGHT]))
        self.assertEqual(len(pauses), 1)
        self.assertGreaterEqual(pauses[0], 2)


class Retries(unittest.TestCase):
    def test_overload_waits_as_long_as_it_is_told(self):
        with FakeServer() as server, Pauses() as pauses:
            server.script = [overloaded("3"), overloaded("0"), overloaded("soon")]
            self.assertEqual(quick(server).score([RIGHT])[0].reward, 1.0)
        self.assertEqual(len(server.requests), 4)
        self.assertTrue(3 <= pauses[0] <= 3.85, pauses)
        self.assertTrue(0 <= pauses[1] <= 0.1, pauses)
        self.assertTrue(1 <= pauses[2] <= 2, pauses)  # not a number: the back-off of a third attempt

    def test_overload_without_end(self):
        with FakeServer() as server, Pauses():
            server.script = [overloaded("1")] * 9
            with self.assertRaisesRegex(Overloaded, "answered 429: Too many rows wait. Start more") as caught:
                quick(server).score([RIGHT])
        self.assertEqual((len(server.requests), caught.exception.status), (4, 429))
        self.assertEqual(caught.exception.code, "overloaded")

    def test_a_broken_connection_is_tried_again(self):
        with FakeServer() as server, Pauses():
            server.script = ["close", (503, {}, b""), "close"]
            self.assertEqual(quick(server).score([RIGHT])[0].reward, 1.0)

    def test_nobody_there(self):
        with FakeServer() as server:
            url = server.url
        with Pauses() as pauses, self.assertRaisesRegex(Unreachable, f"{url}/v1/score can't be.*ASSAY_URL"):
            Client(url, retries=2).score([RIGHT])
        self.assertEqual(len(pauses), 2)

    def test_a_slow_answer_is_not_asked_for_again(self):
        release = threading.Event()
        with FakeServer() as server:
            server.http.RequestHandlerClass.do_POST = lambda handler: release.wait(5)
            with Pauses() as pauses, self.assertRaisesRegex(Unreachable, "within 0.2 s. Send fewer rows"):
                quick(server, timeout=0.2).score([RIGHT])
            release.set()
        self.assertEqual(pauses, [])

    def test_errors_that_a_retry_does_not_mend(self):
        cases = [(400, "Correct the request"), (401, "ASSAY_TOKEN"), (404, "without a path"),
                 (413, "fewer rows"), (500, "service's log")]
        for status, advice in cases:
            with self.subTest(status=status), FakeServer() as server, Pauses() as pauses:
                server.script = [error(status, "some-code", "Something is wrong.")]
                with self.assertRaisesRegex(Refused, f"/v1/score answered {status}: .*{advice}") as caught:
                    quick(server).score([RIGHT])
                self.assertEqual((caught.exception.status, caught.exception.code), (status, "some-code"))
                self.assertEqual(pauses, [])
                again = pickle.loads(pickle.dumps(caught.exception))
                self.assertEqual((str(again), again.status), (str(caught.exception), status))

    def test_the_trainers_random_numbers_are_left_alone(self):
        random.seed(1)
        before = random.getstate()
        with FakeServer() as server, Pauses():
            server.script = [overloaded("1"), "close"]
            quick(server).score([RIGHT])
        self.assertEqual(random.getstate(), before)


class Connections(unittest.TestCase):
    def test_kept_within_a_thread_and_not_shared(self):
        with FakeServer() as server:
            client = quick(server)
            for _ in range(3):
                client.score([RIGHT])
            other = threading.Thread(target=client.score, args=([RIGHT],))
            other.start()
            other.join()
        ports = [request[4][1] for request in server.requests]
        self.assertEqual(len(set(ports[:3])), 1)
        self.assertEqual(len(set(ports)), 2)

    def test_a_kept_connection_that_was_closed_meanwhile(self):
        with FakeServer() as server, Pauses() as pauses:
            client = quick(server, retries=0)
            client.score([RIGHT])
            server.script = ["close"]
            self.assertEqual(client.score([RIGHT])[0].reward, 1.0)
        self.assertEqual(pauses, [])

    def test_many_threads(self):
        with FakeServer() as server:
            client = quick(server)
            found = {}

            def work(number):
                rows = [{**(RIGHT if (number + i) % 2 else WRONG), "id": f"{number}-{i}"} for i in range(20)]
                found[number] = [(r.id, r.reward) for row in rows for r in client.score([row])]

            threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        for number in range(8):
            self.assertEqual(found[number], [(f"{number}-{i}", float((number + i) % 2)) for i in range(20)])

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_forked_process_connects_anew(self):
        with FakeServer() as server:
            client = quick(server)
            client.score([RIGHT])
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    os.write(write, json.dumps(client.score([WRONG])[0].reward).encode())
                finally:
                    os._exit(0)
            os.close(write)
            with os.fdopen(read) as pipe:
                self.assertEqual(pipe.read(), "0.0")
            os.waitpid(child, 0)
            client.score([RIGHT])
        ports = [request[4][1] for request in server.requests]
        self.assertEqual(ports[0], ports[2])
        self.assertNotEqual(ports[0], ports[1])

    def test_pickled(self):
        with FakeServer(token="secret") as server:
            client = quick(server, token="secret")
            client.score([RIGHT])
            again = pickle.loads(pickle.dumps(client))
            self.assertEqual(again.score([RIGHT])[0].reward, 1.0)
            self.assertNotIn("secret", repr(again))


class Settings(unittest.TestCase):
    def test_from_the_environment(self):
        with FakeServer(token="secret") as server:
            with mock.patch.dict(os.environ, {"ASSAY_URL": server.url + "/", "ASSAY_TOKEN": "secret"}):
                self.assertEqual(Client().score([RIGHT])[0].reward, 1.0)
            with self.assertRaisesRegex(Refused, "ASSAY_TOKEN"):
                Client(server.url, "wrong").score([RIGHT])

    def test_urls(self):
        self.assertEqual(Client("http://host:1/assay/").transport.prefix, "/assay")
        for url in ("host:8080", "ftp://host", "http://"):
            with self.subTest(url=url), self.assertRaisesRegex(Exception, "no URL of a service"):
                Client(url)

    def test_health_and_readiness(self):
        with FakeServer() as server:
            client = quick(server)
            self.assertTrue(client.health() and client.ready())
            server.script = [error(503, "starting", "Not yet.")]
            self.assertFalse(client.ready())
        self.assertFalse(client.health())

    def test_async(self):
        async def run(client):
            scored = await asyncio.gather(*(client.score_async([row]) for row in (RIGHT, WRONG, FAULTY)))
            streamed = [result.reward async for result in client.score_stream_async([RIGHT, WRONG])]
            alive = await client.health_async() and await client.ready_async()
            return [results[0].reward for results in scored], streamed, alive

        with FakeServer() as server:
            self.assertEqual(asyncio.run(run(quick(server))), ([1.0, 0.0, None], [1.0, 0.0], True))


if __name__ == "__main__":
    unittest.main()
