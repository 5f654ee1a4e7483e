# Runs PostgreSQL for as long as a process uses it, in the folder that holds the cluster, as the user that owns it.
# Standard input is the FIFO that each such process holds open for writing, and writes a line to about every second.
#
# $1    the installed PostgreSQL
# $2    the release of the gateway
# $3    "replace": first stop a PostgreSQL that runs without a supervisor, because its supervisor was killed
# $4 …  arguments of postgres
programs=$1
release=$2
mode=$3
shift 3
unset supervise

# The signals that systemd and terminals send to all processes at once. The database is stopped after its last user has ended.
trap '' HUP INT QUIT TERM
umask 077
exec 3<&0 </dev/null >>log 2>&1

trim_log() { [ "$(wc -c <log)" -lt 1000000 ] || : >log; }
trim_log
printf '%s\n' "$release" >release

[ "$mode" != replace ] || "$programs/bin/pg_ctl" -D cluster -m fast -s stop

# After a crash, postmaster.pid is left behind, and its number may belong to another process by now. PostgreSQL ignores a
# number that it is given as its grandparent's.
is_postgres() {
  if [ -d /proc/self ]; then [ "/proc/$1/cwd" -ef cluster ]; else ps -o comm= -p "$1" | grep -q postgres; fi
}
recorded=$(head -n 1 cluster/postmaster.pid 2>/dev/null)
if [ -n "$recorded" ] && ! is_postgres "$recorded"; then export PG_GRANDPARENT_PID="$recorded"; fi

"$programs/bin/postgres" -D "$PWD/cluster" "$@" 3<&- &
postgres=$!

# Reading ends when the last user has ended, whichever way. The FIFO is closed before PostgreSQL is stopped, so that a
# process that comes now starts a supervisor of its own. A SIGINT that arrives before PostgreSQL has set its handlers is lost.
(
  lines=0
  while read -r _; do
    kill -0 "$postgres" 2>/dev/null || exit
    lines=$((lines + 1))
    [ $((lines % 3600)) -ne 0 ] || trim_log
  done
  exec <&-
  while kill -INT "$postgres" 2>/dev/null; do sleep 0.2; done
) <&3 3<&- &
reader=$!
exec 3<&-

wait "$postgres"
kill -KILL "$reader" 2>/dev/null
