#!/bin/bash
# Assay's policy engine beside transformers, PyTorch, TRL and llama.cpp on one model, in one run: a Markdown table.
#
#     Benchmarks/policy/run.sh [--model PATH] [--only sampling|one|step|grpo]... [--repetitions N] [--venv FOLDER]
#
# PATH: a GGUF file or Hugging Face folder; default: SmolLM2-135M-Instruct, fetched by tools/smollm2.sh. The peers are
# installed into a virtual environment in the cache folder. Takes half an hour; nothing else should run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/assay
venv=$cache/peers-policy
model=
options=()
while (($#)); do
  case $1 in
    --venv) venv=${2:?"--venv needs a folder"}; shift 2 ;;
    --model) model=${2:?"--model needs a file or folder"}; shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done
if [[ -z $model ]]; then
  "$root/tools/smollm2.sh" >&2
  model=$(ls "$root"/models/smollm2-135m-instruct.gguf)
fi
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
wanted=$(sha256sum <"$here/requirements.txt")
if [[ $(cat "$venv/installed" 2>/dev/null) != "$wanted" ]]; then
  "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
  echo "$wanted" >"$venv/installed"
fi
(cd "$root" && swift build -c release --product assay >&2)
assay=$root/.build/release/assay
made=$cache/policy-bench
mkdir -p "$made"
"$assay" export --model "$model" --output "$made/hf" --force >&2
"$assay" export --model "$model" --output "$made/bf16.gguf" --format gguf --type bf16 --force >&2
"$assay" export --model "$model" --output "$made/q8_0.gguf" --format gguf --type q8_0 --force >&2
export PYTHONDONTWRITEBYTECODE=1  # nothing is written into the tree
exec "$venv/bin/python" "$here/compare.py" --assay "$assay" --folder "$made" "${options[@]}"
