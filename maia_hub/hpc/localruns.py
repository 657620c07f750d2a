"""Plain processes as jobs: a job is a session of its own, which outlives who started it."""

from __future__ import annotations

START = """
setsid sh -c '
  set -- "$1" "$$"
  printf "%s %s %s" "$2" "$(cut -d " " -f 22 /proc/$2/stat)" "$(cat /proc/sys/kernel/random/boot_id)" > process
  export SLURM_JOB_ID="$2" SLURM_SUBMIT_DIR="$PWD"
  printf "%s\\n" "$2"
  exec < /dev/null > "slurm-$2.out" 2>&1
  if [ "$1" = 0 ]; then exec bash ./job.sh; fi
  timeout --foreground -k 30 "$1" bash ./job.sh
  status=$?
  [ "$status" = 124 ] || [ "$status" = 137 ] && : > timeout
  exit "$status"
' maia-job "$1" &
"""
"""Starts job.sh of the folder that it runs in and prints the number of its session; $1 is its limit in seconds, 0
for none."""


def start(limit: int) -> tuple[str, ...]:
    """Return what takes the place of sbatch."""
    return ("sh", "-c", START, "maia-start", str(limit))


_ALIVE = """
alive() {
  [ "$(cut -d ' ' -f 22 "/proc/$id/stat" 2> /dev/null)" = "$began" ] &&
    [ "$(cut -d ' ' -f 3 "/proc/$id/stat" 2> /dev/null)" != Z ] &&
    [ "$(cat /proc/sys/kernel/random/boot_id)" = "$boot" ]
}
"""
"""Is it still the same process: its number may have gone to another, and a dead one may not have been waited for."""

QUERY = f"""{_ALIVE}
tell() {{
  cd -- "$1" 2> /dev/null || {{ echo gone; return; }}
  read -r id began boot < process || :
  if alive; then echo RUNNING; return; fi
  ended=$(cat "ended.$id" 2> /dev/null)
  if [ -n "$ended" ]; then
    if [ -e timeout ]; then echo 'TIMEOUT '"$ended"
    elif [ -e cancelled ]; then echo 'CANCELLED '"$ended"
    elif [ "$ended" = 0 ]; then echo 'COMPLETED 0'
    else echo 'FAILED '"$ended"; fi
  elif [ -e cancelled ]; then echo CANCELLED
  elif [ -e timeout ]; then echo TIMEOUT
  else echo NODE_FAIL; fi
}}
for folder in "$@"; do (tell "$folder"); done
"""
"""Prints one line for each run folder: a state by Slurm's names and the exit status where there is one.

First whether it is alive, then how it ended: the other way round it may end in between, and seem to have left no word.
"""

CANCEL = f"""{_ALIVE}
cd -- "$1" || exit 1
read -r id began boot < process
alive || exit 0
: > cancelled
kill -TERM "-$id" 2> /dev/null
for each in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  alive || exit 0
  sleep 0.1
done
kill -KILL "-$id" 2> /dev/null
exit 0
"""
