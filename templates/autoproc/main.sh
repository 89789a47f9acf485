#!/bin/bash
# A rotation series with autoPROC, where the facility has it. The contract it runs by is docs/templates.md.
set -euo pipefail

if [ ! -f "$JOB_INPUT_DATASET" ]; then
  echo "The dataset has no master file, and autoPROC is started here with HDF5 alone."
  exit 1
fi

options=(-h5 "$JOB_INPUT_DATASET" -d "$JOB_OUTPUT_DIR/autoproc" -nthreads "${JOB_CPUS:-1}")
if [ -n "$JOB_INPUT_RESOLUTION" ]; then
  options+=(-R 50 "$JOB_INPUT_RESOLUTION")
fi
if [ -n "$JOB_INPUT_SPACE_GROUP" ]; then
  options+=("symm=$JOB_INPUT_SPACE_GROUP")
fi
if [ -n "$JOB_INPUT_UNIT_CELL" ]; then
  options+=("cell=$JOB_INPUT_UNIT_CELL")
fi

echo '{"done": 0, "total": 1, "text": "autoPROC"}' >> "$JOB_PROGRESS_FILE"
if ! process "${options[@]}"; then
  echo "autoPROC failed. Its summary in the results says at which step and what to try."
  exit 1
fi
echo '{"done": 1, "total": 1, "text": "Done"}' >> "$JOB_PROGRESS_FILE"
