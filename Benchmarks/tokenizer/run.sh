#!/bin/bash
# Assay's tokenizer beside Hugging Face's, in turns on one core: a line for each kind of vocabulary.
#
#   Benchmarks/tokenizer/run.sh [--bench BINARY] [--venv FOLDER]
#
# BINARY comes from `swift build -c release --product tokenizer-bench`. What Python needs, and the vocabularies, lie in
# the cache folder, never in the tree. TURNS=N makes N turns, 7 without it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/assay/tokenizer
venv=$cache/venv
bench=$here/../../.build/release/tokenizer-bench
while (($#)); do
  case $1 in
    --bench) bench=${2:?"--bench needs a file"}; shift 2 ;;
    --venv) venv=${2:?"--venv needs a folder"}; shift 2 ;;
    *) echo "There is no option $1; see the head of $0." >&2; exit 64 ;;
  esac
done
[[ -x $bench ]] || { echo "$bench is missing. Run: swift build -c release --product tokenizer-bench" >&2; exit 1; }
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
wanted=$(sha256sum <"$here/requirements.txt")
if [[ $(cat "$venv/installed" 2>/dev/null) != "$wanted" ]]; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  echo "$wanted" >"$venv/installed"
fi
export PYTHONDONTWRITEBYTECODE=1  # nothing is written into the tree
vocabularies=$cache/vocabularies
[[ -d $vocabularies ]] || "$venv/bin/python" "$here/vocabularies.py" "$vocabularies"
exec taskset -c 0 "$venv/bin/python" "$here/compare.py" "$bench" "$vocabularies"/*
