import type { TemplateContent } from '#src/shared/contracts/template-content.ts';

/**
 * A script whose results grow while it runs, round after round: a coloured log, metrics of which one is the better the lower, a curve, a picture, and a
 * report that draws itself by a script and says what it may do. It goes on until it is cancelled where the rounds do not end it.
 */
export const GROWING_CONTENT: TemplateContent = {
  ...{ name: 'Growing results', description: 'Writes results round after round.', language: 'bash' },
  script: `#!/bin/bash
set -euo pipefail
cat > "$JOB_OUTPUT_DIR/report.html" <<'REPORT'
<!doctype html><title>Report</title><h1 id="head">not drawn</h1><p id="origin"></p>
<script>
  document.getElementById('head').textContent = 'Drawn by its own script';
  let cookie;
  try { cookie = document.cookie; } catch { cookie = 'refused'; }
  document.getElementById('origin').textContent = 'origin ' + self.origin + ', cookies ' + cookie;
</script>
REPORT
echo '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80"><rect width="300" height="80" fill="#0a7"/></svg>' \\
  > "$JOB_OUTPUT_DIR/map.svg"
for round in $(seq 1 "$JOB_INPUT_ROUNDS"); do
  printf '\\033[1;32mround %s\\033[0m of %s\\n' "$round" "$JOB_INPUT_ROUNDS"
  for line in $(seq 1 200); do echo "  line $line of round $round"; done
  [ "$round" -ne 2 ] || echo 'the needle of the second round'
  echo "{\\"done\\": $round, \\"total\\": $JOB_INPUT_ROUNDS, \\"text\\": \\"round $round\\"}" >> "$JOB_PROGRESS_FILE"
  echo "{\\"left\\": $((100 - round)), \\"rounds\\": $round}" >> "$JOB_METRICS_FILE"
  echo "{\\"id\\": \\"curve\\", \\"title\\": \\"Left after each round\\", \\"data\\": [{\\"y\\": [100, $((100 - round))]}]}" >> "$JOB_PLOTS_FILE"
  sleep "$JOB_INPUT_PAUSE"
done
`,
  files: [],
  parameters: [
    { name: 'rounds', label: 'Rounds', type: 'integer', default: 3, min: 1, max: 1000, description: '' },
    {
      ...{ name: 'pause', label: 'Pause', type: 'number', default: 0, min: 0, max: 60 },
      ...{ unit: 's', description: 'Between rounds.' },
    },
  ],
  metrics: [
    { name: 'left', label: 'Left', digits: 0, inRow: true, ofDataset: false, betterIs: 'lower' },
    { name: 'rounds', label: 'Rounds done', digits: 0, inRow: true, ofDataset: false },
  ],
  outputs: [
    { kind: 'report', path: 'report.html', label: 'Report of the rounds' },
    { kind: 'image', path: 'map.svg', label: 'Map of the rounds' },
  ],
  requires: [],
  ...{ timeLimitS: 600, memoryLimitBytes: 256 * 1024 ** 2 },
};
