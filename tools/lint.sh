#!/bin/bash
# Format and small faults of the files that git knows or would add: nothing is built, nothing is changed.
# Exit status: 0 clean, 1 findings (each a line with its place).
set -euo pipefail
cd "$(dirname "$0")/.."

files() { git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' file; do
  # A file that was deleted and not yet committed is still in the index.
  [[ ! -f $file ]] || printf '%s\0' "$file"
done; }
status=0
finding() { printf '%s\n' "$*" >&2 && status=1; }

files '*.swift' | xargs -0 -r swift format lint --strict --parallel || status=1

while IFS= read -r -d '' script; do bash -n "$script" || status=1; done < <(files '*.sh' .ci/run)
if command -v shellcheck >/dev/null; then
  files '*.sh' .ci/run | xargs -0 -r shellcheck --severity=warning || status=1
fi

text=('*.swift' '*.c' '*.h' '*.cpp' '*.sh' '*.md' '*.yaml' '*.py' Makefile .ci/run)
while IFS= read -r -d '' file; do
  while IFS= read -r line; do finding "$file:$line: blanks at the end of the line"; done \
    < <(grep -nE '[[:blank:]]+$' -- "$file" | cut -d: -f1)
  [[ ! -s $file || -z $(tail -c 1 -- "$file") ]] || finding "$file: no newline at the end"
done < <(files "${text[@]}")

tools/files.py --check || status=1

# A link in the documentation leads to a file that is there.
while IFS= read -r -d '' page; do
  while IFS= read -r link; do
    target=${link%%#*}
    [[ -z $target || -e $(dirname -- "$page")/$target ]] || finding "$page: the link to $target leads nowhere"
  done < <(grep -oE '\]\([^)[:blank:]]+\)' -- "$page" | sed 's/^](//; s/)$//' | grep -vE '^[a-z]+:' || true)
done < <(files '*.md')

exit "$status"
