# A program and its tests, of the kind that comes most, for the rehearsal (bootstrap.py): the more of what programs
# use is used here, the fewer pages each fork copies.
import math, re
from collections import Counter, defaultdict, deque
from typing import Any, Dict, List, Optional, Tuple


class Stack:
    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        self.items.append(item)
        return self


def is_prime(n: int) -> bool:
    if n < 2:
        return False
    for k in range(2, int(math.sqrt(n)) + 1):
        if n % k == 0:
            return False
    return True


def f(numbers: List[int], text: str = "one two") -> Dict[str, Any]:
    """Uses what programs use."""
    found, seen, counts = [], set(), defaultdict(int)
    for index, number in enumerate(sorted(numbers, key=lambda x: -x, reverse=True)):
        if number not in seen and isinstance(number, int):
            seen.add(number)
            found.append((index, number ** 2, abs(number) // 2, number / 3))
        counts[str(number)] += 1
    while len(found) > 3:
        found.pop()
    words = [w.strip().lower() for w in text.split() if w.isalpha()] + text.split(" ")
    table = {w: len(w) for w in words}
    for key, value in table.items():
        counts[key] = counts.get(key, 0) + value
    try:
        found.index(text)
    except ValueError as error:
        words.extend([str(error), f"{len(words):d} {sum(numbers):.2f}"])
    first, *rest = words
    line = "".join(reversed(first)) + ",".join(rest).replace("o", "0")[1:-1].upper()
    top = Counter(text).most_common(1), max(numbers), min(numbers, default=0), round(sum(numbers) / 7, 2)
    both = list(zip(map(str, numbers), filter(None, numbers))) + [(a, b) for a in text for b in "xy" if a < b]
    queue = deque(Stack().push(line).items)
    queue.append(re.sub(r"\d+", "", line) if re.match(r"[a-z]+", text) else None)
    print(line, len(both), any(is_prime(n) for n in numbers), all(numbers), chr(ord("a") + 1), divmod(7, 2), end="\n")
    return {"top": top, "line": line.startswith("e"), "both": both[:2], "digits": [int(c) for c in "12"], "n": None}
