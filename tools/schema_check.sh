#!/bin/bash
# Holds the scoring service against its own description, GET /openapi.json: schemathesis makes requests that
# fit it and requests that don't, and looks whether the answers are those that are described.
#
#     tools/schema_check.sh          start .build/release/assay, check it, stop it
#     tools/schema_check.sh URL      check a service that runs; its token: ASSAY_TOKEN
#     EXAMPLES=1000 tools/schema_check.sh    cases for each operation in the last phase; default: 100
#
# Needs python3 with venv, and the network once: schemathesis goes into a cache of its own.
# Exit status: 0 all as described, 1 not (each case with a curl line), 2 it could not be checked.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
cache=${XDG_CACHE_HOME:-$HOME/.cache}/assay/schemathesis
assay=${ASSAY:-.build/release/assay}

say() { printf 'schema_check: %s\n' "$*" >&2; }
stop() { say "$@"; exit 2; }

if [[ $("$cache/bin/schemathesis" --version 2>/dev/null || true) != *" $version" ]]; then
  python3 -m venv "$cache" || stop "python3 -m venv $cache failed. Install python3-venv, then try again."
  "$cache/bin/python" -m pip install --quiet "schemathesis==$version" \
    || stop "pip could not install schemathesis $version. Its message is above."
fi

work=$(mktemp -d)
server=
clean() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 2' INT TERM

url=${1:-}
if [[ -z $url ]]; then
  [[ -x $assay ]] || stop "$assay is not there. Run make build, or give the URL of a service."
  : >"$work/out"
  "$assay" serve --port 0 >"$work/out" 2>"$work/log" &
  server=$!
  for ((i = 0; i < 300; i++)); do
    url=$(sed -n 's/^Listening on //p' "$work/out")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [[ -n $url ]] || { cat "$work/log" >&2; stop "the service did not start; its log is above."; }
fi

# What a description can't say. 503 is a judge's fault, and meant. A verifier's name is a text, and few texts
# are names. Lists that must be equally long, and tests within a text, are refused though each fits by itself.
cat >"$work/schemathesis.toml" <<'END'
[parameters]
"query.verifier" = "math-answer"

[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]

[[operations]]
include-operation-id = "score"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 503]

[[operations]]
include-operation-id = "openrlhfReward"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 503]

[[operations]]
include-operation-id = "submit"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422, 503]
END

cat >"$work/ndjson.py" <<'END'
import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()
END

arguments=(--checks all --continue-on-failure --max-examples "${EXAMPLES:-100}" --request-timeout 60)
[[ -z ${ASSAY_TOKEN:-} ]] || arguments+=(--header "Authorization: Bearer $ASSAY_TOKEN")
status=0
# In a folder of its own: it leaves its examples where it stands.
(cd "$work" && SCHEMATHESIS_HOOKS=ndjson "$cache/bin/schemathesis" \
  --config-file schemathesis.toml run "$url/openapi.json" --url "$url" "${arguments[@]}") || status=1

# Whatever was sent, no place may stay taken.
curl --silent --fail ${ASSAY_TOKEN:+--header "Authorization: Bearer $ASSAY_TOKEN"} "$url/metrics" \
  >"$work/metrics" || stop "the service does not answer any more."
if grep -E '^assay_pending_[a-z]+ ' "$work/metrics" | grep -vE ' 0$' >&2; then
  say "places are still taken."
  status=1
fi
exit "$status"
