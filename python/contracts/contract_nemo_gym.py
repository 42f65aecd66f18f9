"""NeMo-Gym's simple agent and its client run rollouts with the service as their resources server. Replaced:
the model, by a server here that says one text; the packages for profiling and W&B, by empty modules."""

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from unittest.mock import MagicMock
from urllib.parse import urlsplit

for module in ("wandb", "wandb.util", "yappi", "gprof2dot", "pydot"):
    sys.modules[module] = MagicMock()

from nemo_gym.config_types import AggregateMetricsRequest, BaseServerConfig  # noqa: E402
from nemo_gym.server_utils import ServerClient  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402
from responses_api_agents.simple_agent import app as simple  # noqa: E402
from table import URL, attempt, finish  # noqa: E402


def response_of(text):
    """An OpenAI Response with one message."""
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": text, "annotations": []}]}
    return {"id": "r", "created_at": 0.0, "model": "tiny", "object": "response", "output": [message],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}


class Model(BaseHTTPRequestHandler):
    text = ""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(response_of(Model.text)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
service = urlsplit(URL)
loop = asyncio.new_event_loop()  # one for all: NeMo-Gym keeps its connections in it
addresses = {"assay": (service.hostname, service.port or 80), "agent": ("127.0.0.1", model.server_port)}


def agent():
    servers = {
        name: {"servers": {name: {"host": host, "port": port}}} for name, (host, port) in addresses.items()}
    client = ServerClient(head_server_config=BaseServerConfig(host="127.0.0.1", port=1),
                          global_config_dict=OmegaConf.create(servers))
    config = simple.SimpleAgentConfig(
        host="127.0.0.1", port=1, entrypoint="app.py", name="agent",
        resources_server={"type": "resources_servers", "name": "assay"},
        model_server={"type": "responses_api_models", "name": "agent"})
    return simple.SimpleAgent(config=config, server_client=client)


def rollout(text, **fields):
    """The agent's whole run of one row: /seed_session, the model, /verify."""
    Model.text = text
    body = simple.SimpleAgentRunRequest.model_validate(
        {"responses_create_params": {"input": [{"role": "user", "content": "1+1?"}]}, **fields})
    return loop.run_until_complete(agent().run(SimpleNamespace(cookies={}), body))


def echoed(answer):
    return answer.reward, answer.response.output[0].content[0].text, answer.model_extra.get("question")


TESTS = {"unit_tests": {"inputs": ["1\n"], "outputs": ["2\n"], "fn_name": None}, "difficulty": "easy"}
CODE = "```python\nprint(int(input()) + {})\n```"
attempt("/seed_session and /verify, a right answer; the request comes back", lambda: echoed(rollout(
    "\\boxed{2}", expected_answer="2", question="1+1?")), (1.0, "\\boxed{2}", "1+1?"))
attempt("/verify, a wrong answer", lambda: rollout(
    "\\boxed{3}", expected_answer="2", question="1+1?").reward, 0.0)
attempt("/verify, a right program", lambda: rollout(CODE.format(1), verifier_metadata=TESTS).reward, 1.0)
attempt("/verify, a wrong program", lambda: rollout(CODE.format(2), verifier_metadata=TESTS).reward, 0.0)


def is_sidelined(answer):
    """_ng_failure_class “judge_failed”, by which NeMo-Gym keeps the rollout out of the metrics"""
    return getattr(answer, "model_extra", {}).get("_ng_failure_class") == "judge_failed"


attempt("/verify, a fault is sidelined and no verdict", lambda: rollout(
    "\\boxed{2}", expected_answer="", question="1+1?"), is_sidelined)


def aggregated():
    responses = [{"_ng_task_index": 0, "_ng_rollout_index": i, "reward": r} for i, r in enumerate((1.0, 0.0))]
    request = AggregateMetricsRequest(verify_responses=responses)
    metrics = loop.run_until_complete(agent().aggregate_metrics(request))
    return metrics.agent_metrics.get("mean/reward")


attempt("/aggregate_metrics: mean/reward in agent_metrics", aggregated, 0.5)
finish()
