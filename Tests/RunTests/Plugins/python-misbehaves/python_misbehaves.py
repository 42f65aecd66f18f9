"""The same in Python, as a TRL reward function."""
import os, sys, time


def reward(completions, id, mode, **kwargs):
    if id[0].endswith("3"):
        if mode == "crash":
            os.kill(os.getpid(), 11)
        if mode == "hang":
            time.sleep(1000)
        if mode == "eat":
            kept = []
            while True:
                kept.append(bytearray(16 << 20))
        if mode == "exit":
            sys.exit(0)
        if mode == "raise":
            raise ValueError("no such thing")
        if mode == "fork" and os.fork() == 0:
            os.setsid()
            time.sleep(98765)
        if mode == "garbage":
            for fd in range(3, 32):
                try:
                    os.write(fd, b"\xff\xff\xff\x7f nonsense")
                except OSError:
                    pass
    return [float(text == "good") for text in completions]
