#!/bin/bash
# GRPO by Assay and by TRL from the same weights on the same problems, judged by the same verifiers: held-out accuracy by
# the clock, a Markdown table and a plot.
#
#     Benchmarks/learning/run.sh [--recipe chain_sum|smollm2-mixed]... [--seeds 1 2 3] [--steps N] [--peer-steps N]
#                                [--every N] [--fresh N] [--precision fp32|bf16|fp16|auto] [--venv FOLDER] [--folder FOLDER] [--report]
#
# The peer is installed into a virtual environment in the cache folder. On two cores its steps take 3 to 4 minutes each of
# chain_sum and one of smollm2-mixed: --peer-steps keeps three seeds within an hour. Nothing else should run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/assay
venv=$cache/peers-learning
folder=$cache/learning
options=()
while (($#)); do
  case $1 in
    --venv) venv=${2:?"--venv needs a folder"}; shift 2 ;;
    --folder) folder=${2:?"--folder needs a folder"}; shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done
"$root/tools/smollm2.sh" >&2
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
wanted=$(sha256sum <"$here/requirements.txt")
if [[ $(cat "$venv/installed-learning" 2>/dev/null) != "$wanted" ]]; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  echo "$wanted" >"$venv/installed-learning"
fi
(cd "$root" && swift build -c release --product assay >&2)
export PYTHONDONTWRITEBYTECODE=1  # nothing is written into the tree
export PATH=$venv/bin:$PATH  # chain_sum.yaml calls `python`
exec python "$here/compare.py" --assay "$root/.build/release/assay" --folder "$folder" \
  --model "$root/models/smollm2-135m-instruct.gguf" "${options[@]}"
