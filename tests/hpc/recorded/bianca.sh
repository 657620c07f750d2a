#!/bin/bash
#SBATCH --job-name="U-Net, fold 3-maia-0123456789abcdef"
#SBATCH --output=slurm-%A_%a.out
#SBATCH --account=sens2023598
#SBATCH --qos=normal
#SBATCH --constraint=gpu
#SBATCH --time=1-02:00:00
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --gres=gpu:2
#SBATCH --array=0-9%2
#SBATCH --dependency=afterok:41_1:42,singleton
#SBATCH --signal=B:USR1@300
#SBATCH --no-requeue
#SBATCH --reservation="class a"

maia_job="${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}"
maia_id="$maia_job${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
export MAIA_TOKEN=maia-0123456789abcdef MAIA_RUN="${SLURM_SUBMIT_DIR:-$PWD}"
printf '%s' "$maia_job" > "$MAIA_RUN/.claim.$maia_id" && ln "$MAIA_RUN/.claim.$maia_id" "$MAIA_RUN/claim" 2> /dev/null
rm -f -- "$MAIA_RUN/.claim.$maia_id"
if [ -s "$MAIA_RUN/claim" ] && [ "$(cat "$MAIA_RUN/claim")" != "$maia_job" ]; then
  echo "Job $(cat "$MAIA_RUN/claim") is this one already: $MAIA_TOKEN" >&2
  exit 75
fi
printf '%s %s\n' "$MAIA_TOKEN" "$maia_id" > "$MAIA_RUN/job.$maia_id"
maia_ended="$MAIA_RUN/ended.$maia_id"
rm -f -- "$maia_ended"
maia_end() {
  maia_status=$?
  printf '%s\n' "$maia_status" > "$maia_ended.part" && mv -f -- "$maia_ended.part" "$maia_ended"
}
trap maia_end EXIT
type module > /dev/null 2>&1 || . /etc/profile
module load PyTorch/2.1.2-foss-2023a-CUDA-12.1.1 || exit 1
export DATA='/proj/my data'
export OMP_NUM_THREADS=16
cd -- 'code of mine' || exit 1
exec -- python train.py --note 'it'"'"'s $HOME; `x`' &
maia_child=$!
for maia_signal in TERM HUP USR1 USR2 CONT ALRM URG WINCH; do
  trap "maia_told=1; kill -s $maia_signal $maia_child 2> /dev/null" "$maia_signal"
done
while maia_told=; do
  wait "$maia_child"
  maia_status=$?
  [ -n "$maia_told" ] || break
done
exit "$maia_status"
