#!/bin/bash
# Starts `assay serve` and drives the clients of TRL, verl, OpenRLHF and NeMo-Gym against it (python/contracts).
# They are installed from PyPI into the cache folder, which takes some minutes the first time.
#
#     tools/contracts.sh [client trl verl openrlhf nemo_gym documents]
#
# Exit status: 0 all promises kept, 1 one was not (its line says what was expected).
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
.build/release/assay serve --port 0 >"$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  url=$(sed -n 's/^Listening on //p' "$log")
  [[ -z $url ]] || break
  sleep 0.1
done
[[ -n $url ]] || { cat "$log" >&2; exit 1; }
ASSAY_URL=$url python/contracts/run.sh "$@"
