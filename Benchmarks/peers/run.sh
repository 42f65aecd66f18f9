#!/bin/bash
# Assay beside other graders of mathematics on labelled pairs, in one run: a Markdown table for each corpus.
#
#   Benchmarks/peers/run.sh CORPUS_DIR [--sample N] [--only GRADER]... [--venv FOLDER] [--assay BINARY]
#
# CORPUS_DIR holds *.jsonl.gz of {id, source, gold, pred, pred_kind, expected}. The peers are installed into a virtual
# environment in the cache folder, never into the tree. The other options are those of graders.py.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
corpus=${1:?"give the folder with the labelled pairs, *.jsonl.gz"}
shift
venv=${XDG_CACHE_HOME:-$HOME/.cache}/assay/peers
options=()
while (($#)); do
  case $1 in
    --venv) venv=${2:?"--venv needs a folder"}; shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
wanted=$(cat "$here"/requirements*.txt | sha256sum)
if [[ $(cat "$venv/installed" 2>/dev/null) != "$wanted" ]]; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  "$venv/bin/pip" install --quiet --no-deps --requirement "$here/requirements-bare.txt"
  echo "$wanted" >"$venv/installed"
fi
export PYTHONDONTWRITEBYTECODE=1  # nothing is written into the tree
exec "$venv/bin/python" "$here/graders.py" "$corpus" "${options[@]}"
