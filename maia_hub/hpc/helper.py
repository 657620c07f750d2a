"""What runs on the system around sbatch: two short programs for the POSIX shell, sent with each call.

Every value reaches them as an argument, none is a part of their text. The run folder holds what happened:
``intent.N`` (attempt N is being made, or was cut short), ``id`` (the scheduler took it), ``refused.N`` (it said no),
``job.ID`` and ``ended.ID`` (the job's own words).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SUBMIT_TIMEOUT = 120
"""Seconds that the scheduler has to take a job."""

CODE = "code"
"""What a job's own copy of its project is called in its run folder."""

END = "# end"
"""What the script ends with, and the token: one that was cut on its way is not submitted."""

SUBMIT = f"""
folder=$1 attempt=$2 code=$MAIA_CODE
shift 2
unset CDPATH MAIA_CODE
trap '' HUP PIPE
umask 077
LC_ALL=C mkdir -p -- "$folder" && cd -- "$folder" || exit 75
if [ -s id ]; then printf 'id %s\\n' "$(cat id)"; exit 0; fi
script=$(cat)
case $script in
  *"{END} $MAIA_TOKEN") ;;
  *) echo 'the batch script did not arrive whole' >&2; exit 75 ;;
esac
set -C
if ! {{ printf '' > "intent.$attempt"; }} 2> /dev/null; then
  if [ -s id ]; then printf 'id %s\\n' "$(cat id)"; exit 0; fi
  [ -e "intent.$attempt" ] || {{ printf '' > ".intent.$$"; exit 75; }}
  echo taken
  exit 0
fi
set +C
if [ -n "$code" ] && ! [ -e .{CODE} ]; then
  # Links: what is sent later comes as another file in the place of the old one. Some file systems have none.
  [ ! -e {CODE} ] || rm -rf {CODE}
  LC_ALL=C cp -al -- "$code" {CODE} 2> /dev/null || {{
    rm -rf {CODE}
    LC_ALL=C cp -a --reflink=auto -- "$code" {CODE}
  }} && : > .{CODE} || {{ rm -rf {CODE} "intent.$attempt"; exit 75; }}
fi
if ! printf '%s\\n' "$script" > job.sh; then
  LC_ALL=C head -c "${{#script}}" /dev/zero > .why  # says why, which not every shell does
  rm -f .why job.sh "intent.$attempt"
  exit 75
fi
id=$(trap - PIPE; exec timeout -k 5 {SUBMIT_TIMEOUT} "$@" 2> ".errors.$attempt")
status=$?
id=${{id%%;*}}
case $id in
  '' | *[!0-9]*) ;;
  *) if [ "$status" = 0 ]; then
       printf '%s\\n' "$id" > id
       printf 'id %s\\n' "$id"
       exit 0
     fi ;;
esac
printf 'failed %s\\n' "$status"
head -c 4000 ".errors.$attempt"
"""

LOOK = """
unset CDPATH
cd -- "$1" 2> /dev/null || { [ -e "$1" ] || [ -L "$1" ] || { echo absent; exit 0; }; exit 75; }
[ -s id ] && printf 'id %s\\n' "$(cat id)"
for each in job.[0-9]*; do [ -e "$each" ] && printf 'job %s\\n' "${each#job.}"; done
for each in ended.[0-9]*; do
  case $each in *.part) continue ;; esac
  [ -s "$each" ] && printf 'ended %s %s\\n' "${each#ended.}" "$(cat "$each")"
done
for each in refused.*; do [ -e "$each" ] && printf 'refused %s\\n' "${each#refused.}"; done
: > .now || exit 75
now=$(stat -c %Y .now) || exit 75
for each in intent.*; do
  [ -e "$each" ] && printf 'intent %s %s\\n' "${each#intent.}" "$((now - $(stat -c %Y "$each")))"
done
echo done
"""

STATUSES = """
unset CDPATH
for folder; do
  for each in "$folder"/ended.[0-9]*; do
    case $each in *.part) continue ;; esac
    status=
    [ -s "$each" ] && read -r status < "$each" && printf '%s ' "$status"
  done
  echo
done
"""
"""Prints a line for each run folder: the exit statuses of the job, or of its tasks."""

REFUSE = 'unset CDPATH; cd -- "$1" && : > "refused.$2"'

_DOUBTFUL = re.compile(
    r"contact|timed out|zero bytes|socket|receiv|send|connect|communicat|header|unexpected|temporarily|transition"
    r"|authenticat|credential|unspecified",
    re.IGNORECASE,
)


def statuses(text: str, count: int) -> list[int | None]:
    """Read what STATUSES printed of so many folders: the worst status of each, None where there is none."""
    lines = text.split("\n")[:count]
    told = [[int(word) for word in line.split() if word.isdecimal()] for line in lines]
    return [max(each, default=None) for each in told] + [None] * (count - len(told))


@dataclass
class Traces:
    """What a run folder tells: nothing of it is ever taken back."""

    job_id: str | None = None
    ended: dict[str, int] = field(default_factory=dict)
    """Exit statuses, by ``ID`` or ``ID_TASK``."""
    refused: set[int] = field(default_factory=set)
    intents: dict[int, int] = field(default_factory=dict)
    """The age in seconds of each attempt, by the clock of the system's own files."""


def traces(text: str) -> Traces | None:
    """Read what LOOK printed; None if it did not come to its end."""
    lines = [line.split() for line in text.split("\n") if line]
    if not lines or lines[-1] not in (["done"], ["absent"]):
        return None
    found = Traces()
    for line in lines:
        match line:
            case ["id", number]:
                found.job_id = number
            case ["job", number]:
                found.job_id = found.job_id or number.partition("_")[0]
            case ["ended", number, status] if status.isdigit():
                found.ended[number] = int(status)
            case ["refused", number] if number.isdigit():
                found.refused.add(int(number))
            case ["intent", number, age] if number.isdigit():
                found.intents[int(number)] = int(age)
    return found


def is_refusal(status: int, complaint: str) -> bool:
    """Tell whether sbatch's words mean that there is certainly no job.

    What it says before it has spoken to the controller ends with status 1 and another sentence; of what the
    controller answered everything is certain but troubles of the line, after which there may be a job all the same.
    """
    if status in {126, 127}:
        return True
    if status != 1:
        return False
    _, spoke, answer = complaint.partition("Batch job submission failed")
    return not _DOUBTFUL.search(answer) if spoke else "error: " in complaint
