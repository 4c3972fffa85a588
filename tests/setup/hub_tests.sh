#!/usr/bin/env bash
# Runs the hub's unit and whole-hub tests as they were built with the workspace: hub_tests.sh [ARGUMENT OF THE TESTS...]
# (`cargo test -p` would choose other features and build hundreds of crates again.)
set -euo pipefail
programs=$(cargo test --quiet --workspace --lib --test it --no-run --message-format=json | python3 -c '
import json, sys
for line in sys.stdin:
    made = json.loads(line)
    if made.get("executable") and made["profile"]["test"] and made["manifest_path"].endswith("/hub/Cargo.toml"):
        print(made["executable"])
')
[ "$(wc -w <<<"$programs")" = 2 ] || { echo "hub_tests.sh: expected the unit tests and the tests of the whole hub, found: $programs" >&2; exit 1; }
cd "$(dirname "$0")/../../hub"
status=0
for program in $programs; do
  echo "     Running $(basename "$program")" >&2
  "$program" "$@" || status=1
done
exit $status
