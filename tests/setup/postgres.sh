#!/usr/bin/env bash
# A PostgreSQL server of its own for tests: in a temporary folder, on a Unix socket that nobody else reaches, as a user who is not root.
#
#   postgres.sh with COMMAND...   runs a command with its URL in QITAO_TEST_POSTGRES; the server is gone afterwards. Quick, not safe.
#   postgres.sh start [MEMORY]    starts one that keeps what it promised when it is killed, with so much memory for pages (64MB); prints its
#                                 folder, then its URL
#   postgres.sh crash FOLDER      kills all its processes at once, with SIGKILL
#   postgres.sh again FOLDER      starts it again on what is in the folder
#   postgres.sh stop FOLDER       ends it and removes the folder
set -euo pipefail

fail() { echo "$1" >&2; exit 1; }

# The newest server installed; Debian keeps its programs off the PATH.
bin=$(find /usr/lib/postgresql /usr/local/pgsql /opt/homebrew/opt -maxdepth 3 -name initdb 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || bin=$(command -v initdb || true)
[ -n "$bin" ] || fail "没有 PostgreSQL no PostgreSQL: install the Debian package postgresql (or what your system calls it), then run the command again"
bin=$(dirname "$bin")

# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --)
fi
safe=(-c shared_buffers=64MB)
quick=(-c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off)

in_folder() { local folder=$1; shift; (cd "$folder" && "${as[@]}" "$@"); }

make_cluster() {
  folder=$(mktemp -d "${TMPDIR:-/tmp}/qitao-postgres.XXXXXX")
  [ ${#as[@]} = 0 ] || chown "$user" "$folder"
  in_folder "$folder" "$bin/initdb" -D "$folder/data" -U qitao --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
    fail "initdb failed; see $folder/initdb.log"
}

start() { # start FOLDER OPTION...
  local folder=$1; shift
  in_folder "$folder" "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 \
    -o "-c listen_addresses= -c unix_socket_directories=$folder -c unix_socket_permissions=0700 -c max_connections=300 $*" start >/dev/null ||
    fail "PostgreSQL does not start; see $folder/server.log"
}

# A folder of this script, for what removes or kills.
own() { [[ -f ${1:-}/data/PG_VERSION && $(basename "$1") == qitao-postgres.* ]] || fail "postgres.sh: ${1:-nothing} is no folder of a test server"; }

remove() {
  in_folder "$1" "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$1"
}

url() { echo "postgres://qitao@localhost/postgres?host=$1"; }

case ${1:-} in
  with)
    shift
    make_cluster
    trap 'remove "$folder"' EXIT
    trap 'exit 130' INT TERM
    start "$folder" "${quick[@]}"
    QITAO_TEST_POSTGRES=$(url "$folder") "$@"
    ;;
  start)
    make_cluster
    [ -z "${2:-}" ] || safe=(-c "shared_buffers=$2")
    start "$folder" "${safe[@]}"
    echo "$folder"
    url "$folder"
    ;;
  crash)
    own "${2:-}"
    main=$(head -n 1 "$2/data/postmaster.pid")
    read -r -d '' -a all <<<"$main $(ps -o pid= --ppid "$main" | tr '\n' ' ')" || true
    kill -9 "${all[@]}"
    # Until they are gone a new server takes them for one that runs.
    for process in "${all[@]}"; do
      for _ in $(seq 200); do kill -0 "$process" 2>/dev/null || break; sleep 0.05; done
    done
    ;;
  again)
    own "${2:-}"
    start "$2" "${safe[@]}"
    ;;
  stop)
    own "${2:-}"
    remove "$2"
    ;;
  *) fail "postgres.sh with COMMAND... | start [MEMORY] | crash FOLDER | again FOLDER | stop FOLDER" ;;
esac
