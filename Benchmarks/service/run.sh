#!/bin/bash
# Assay's service beside a FastAPI service around Math-Verify, and beside `python3 -c` behind the same FastAPI, in one
# run: a Markdown table of requests a second and latencies.
#
#   Benchmarks/service/run.sh [--assay BINARY] [--seconds N] [--rounds N] [--corpora DIR] [--sandboxfusion DIR]
#
# The peers are installed into a virtual environment in the cache folder, never into the tree. The load comes from wrk,
# a Debian package. The options are those of load.py. Let nothing else run beside it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v wrk >/dev/null; then
  echo "There is no wrk, which makes the load. Install it: apt-get install wrk" >&2
  exit 69
fi
venv=${XDG_CACHE_HOME:-$HOME/.cache}/assay/peers-service
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
wanted=$(sha256sum <"$here/requirements.txt")
if [[ $(cat "$venv/installed" 2>/dev/null) != "$wanted" ]]; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  echo "$wanted" >"$venv/installed"
fi
export PYTHONDONTWRITEBYTECODE=1  # nothing is written into the tree
exec "$venv/bin/python" "$here/load.py" "$@"
