#!/usr/bin/env bash
# Drives the trainers' own client code against a running `assay serve`, one line a promise, ok or failed.
#
#   python/contracts/run.sh [URL] [CONTRACT...]      URL: default ASSAY_URL, then http://127.0.0.1:8080
#   python/contracts/run.sh http://127.0.0.1:8080 verl openrlhf
#
# Contracts: client, trl, verl, openrlhf, nemo_gym, documents.
#
# The service must run without a token: no trainer can send one. The packages go into
# ${ASSAY_CONTRACTS:-~/.cache/assay/contracts}, about 2 GB, once. Exit status: 0 all kept, 1 one is broken,
# 69 nobody answers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${ASSAY_CONTRACTS:-${XDG_CACHE_HOME:-$HOME/.cache}/assay/contracts}

case ${1:-} in http://* | https://*) ASSAY_URL=$1; shift ;; esac
export ASSAY_URL=${ASSAY_URL:-http://127.0.0.1:8080}
ASSAY_URL=${ASSAY_URL%/}
contracts=("$@")
if [ ${#contracts[@]} -eq 0 ]; then contracts=(client trl verl openrlhf nemo_gym documents); fi

# The list that is installed is kept beside it: a changed list installs anew, an unchanged one costs nothing.
wanted=$(cat "$here/requirements.txt" "$here/trainers.txt")
if [ ! -x "$home/bin/python" ] || [ "$wanted" != "$(cat "$home/installed.txt" 2>/dev/null)" ]; then
  echo "Installing the trainers into $home" >&2
  [ -x "$home/bin/python" ] || "${PYTHON:-python3}" -m venv "$home"
  "$home/bin/pip" install --quiet --requirement "$here/requirements.txt"
  "$home/bin/pip" install --quiet --no-deps --ignore-requires-python --requirement "$here/trainers.txt"
  printf '%s\n' "$wanted" > "$home/installed.txt"
fi

export PYTHONPATH="$here:$here/.." PYTHONWARNINGS=ignore PYTHONDONTWRITEBYTECODE=1
export HF_HUB_OFFLINE=1 CUDA_VISIBLE_DEVICES= TOKENIZERS_PARALLELISM=false RAY_DEDUP_LOGS=0
if ! "$home/bin/python" -c 'from assay_rewards import Client; exit(not Client().ready())'; then
  echo "Nobody is ready at $ASSAY_URL. Start \`assay serve\` there, or name its URL." >&2
  exit 69
fi

# The trainers leave folders where they run.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

broken=0
for contract in "${contracts[@]}"; do
  log=$work/log
  # A process each: the trainers change logging, signals and each other's modules. What they print goes to
  # the log, whose end is shown where a contract did not get to its own.
  status=0
  echo "$contract"
  timeout 300 "$home/bin/python" "$here/contract_$contract.py" 3>&1 >"$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then broken=1; fi
  if [ $status -ne 0 ] && [ $status -ne 10 ]; then
    echo "failed  $contract did not get to its end (status $status)"
    tail -n 15 "$log" | sed 's/^/        | /'
  fi
done
exit $broken
