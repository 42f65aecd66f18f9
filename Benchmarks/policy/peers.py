"""The peers of `assay bench policy`, one measurement a process: a line of JSON on standard output.

    peers.py sampling MODEL --precision fp32|bf16 --sequences N      transformers' generate
    peers.py llamacpp FILE.gguf --sequences N                        llama.cpp, as many slots in one batch
    peers.py step MODEL --precision fp32|bf16 --length L             forward + backward + AdamW on 8 sequences
    peers.py grpo MODEL --precision fp32|bf16 [--kl]                 a step of TRL's GRPOTrainer

MODEL is a Hugging Face folder. Prompts are made of common tokens, no two alike; all completions have full length.
"""
import argparse
import json
import os
import resource
import statistics
import tempfile
import threading
import time
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["sampling", "llamacpp", "step", "grpo"])
parser.add_argument("model")
parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
parser.add_argument("--sequences", type=int, default=32)
parser.add_argument("--prompt", type=int, default=100)
parser.add_argument("--tokens", type=int, default=128)
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--kl", action="store_true")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--repetitions", type=int, default=3)
options = parser.parse_args()


def prompt(problem, length):
    return [1000 + (problem * 7919 + i * 104_729) % 20_000 for i in range(length)]


def peak_gigabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def decoding(run):
    """Tokens a second of decoding: what 128 tokens take beyond one, whose time is the prompt's."""
    run(2)
    first = statistics.median(seconds(lambda: run(1)) for _ in range(options.repetitions))
    whole = statistics.median(seconds(lambda: run(options.tokens)) for _ in range(options.repetitions))
    return {
        "tokens_per_second": options.sequences * (options.tokens - 1) / (whole - first),
        "prompt_tokens_per_second": options.sequences * options.prompt / first, "seconds": whole}


def torch_model():
    import torch
    import transformers
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    return torch, transformers.AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)


def sampling():
    torch, model = torch_model()
    if options.precision == "bf16":
        model = model.to(torch.bfloat16)
    model.eval()
    ids = torch.tensor([prompt(i, options.prompt) for i in range(options.sequences)])

    def run(tokens):
        with torch.no_grad():
            model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                min_new_tokens=tokens, max_new_tokens=tokens, pad_token_id=0)
    return decoding(run)


def llamacpp():
    import xllamacpp
    parameters = xllamacpp.CommonParams()
    parameters.model.path = options.model
    parameters.n_parallel = options.sequences
    parameters.n_ctx = options.sequences * (options.prompt + options.tokens + 8)
    parameters.n_batch = parameters.n_ubatch = 2048
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options.threads
    parameters.cache_prompt = False
    server = xllamacpp.Server(parameters)
    round_number = 0

    def one(index, tokens):
        body = {
            "prompt": prompt(round_number * 1000 + index, options.prompt), "n_predict": tokens, "ignore_eos": True,
            "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "cache_prompt": False, "seed": index}
        request = urllib.request.Request(
            server.listening_address + "/completion", json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            predicted = json.load(answer)["timings"]["predicted_n"]
        assert predicted == tokens, f"{predicted} tokens of {tokens}"

    def run(tokens):
        nonlocal round_number
        round_number += 1
        threads = [threading.Thread(target=one, args=(i, tokens)) for i in range(options.sequences)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return decoding(run)


def step():
    torch, model = torch_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    ids = torch.tensor([prompt(i, options.length) for i in range(8)])

    def run():
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    run()
    return {
        "seconds": statistics.median(seconds(run) for _ in range(options.repetitions)),
        "peak_gigabytes": peak_gigabytes()}


def grpo():
    import datasets
    import torch
    import transformers
    import trl
    torch.set_num_threads(options.threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    # 89 tokens a prompt: single digits and spaces are tokens of their own.
    texts = [" ".join(str((problem + i) % 10) for i in range(45)) for problem in range(4 * 8)]
    times = []

    class Clock(transformers.TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.start = time.perf_counter()

        def on_step_end(self, *_, **__):
            times.append(time.perf_counter() - self.start)

    arguments = trl.GRPOConfig(
        output_dir=tempfile.mkdtemp(prefix="assay-bench-"), per_device_train_batch_size=32, num_generations=8,
        max_completion_length=options.tokens, max_steps=1 + options.repetitions, use_cpu=True,
        bf16=options.precision == "bf16", beta=0.04 if options.kl else 0.0, report_to=[], save_strategy="no",
        logging_strategy="no", gradient_checkpointing=False,
        generation_kwargs={"min_new_tokens": options.tokens})
    trainer = trl.GRPOTrainer(
        model=options.model, args=arguments, processing_class=tokenizer, callbacks=[Clock()],
        reward_funcs=lambda completions, **_: [float(i % 2) for i in range(len(completions))],
        train_dataset=datasets.Dataset.from_dict({"prompt": texts}))
    trainer.train()
    return {"seconds": statistics.median(times[1:]), "peak_gigabytes": peak_gigabytes()}


print(json.dumps({"what": options.what, "precision": options.precision} | globals()[options.what]()))
os._exit(0)
