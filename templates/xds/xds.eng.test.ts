import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldReportLines } from '#src/shared/contracts/script-run.ts';
import { pythonHas } from '#src/testing/dials-runs.ts';
import { XDS } from './template.ts';

const run = promisify(execFile);
const GEOMETRY = {
  ...{ imageSizeXPx: 487, imageSizeYPx: 619, pixelSizeXM: 172e-6, pixelSizeYM: 172e-6 },
  ...{ beamCenterXPx: 240.5, beamCenterYPx: 301.25, detectorDistanceM: 0.1805, wavelengthA: 0.9763 },
  ...{ omegaStartDeg: 40, omegaIncrementDeg: 0.5, saturationValue: 1_048_500, sensorThicknessM: 0.00032 },
};
const HEAD = ' SUBSET OF INTENSITY DATA WITH SIGNAL/NOISE >= -3.0 AS FUNCTION OF RESOLUTION';
/** As CORRECT writes it: the table of the first round, then the one that counts. */
const CORRECT_LP = `
 WILSON LINE (using all data) : A=  14.160 B=  21.650 CORRELATION=  0.99
${HEAD}
    total       1       1         1       10.0%      90.0%     90.0%        1    0.10     90.0%    10.0*    0   0.0  1

${HEAD}
 RESOLUTION     NUMBER OF REFLECTIONS    COMPLETENESS R-FACTOR  R-FACTOR COMPARED I/SIGMA   R-meas  CC(1/2)
   LIMIT     OBSERVED  UNIQUE  POSSIBLE     OF DATA   observed  expected

     4.20        5000    1000      1010       99.0%       4.1%      4.4%     4990   30.10      4.6%    99.9*    12    0.820     700
     2.10       15000    3000      3100       96.8%      21.5%     22.0%    14900    6.20     24.1%    97.3*     2    0.760    2400
    total       20000    4000      4110       97.3%       9.8%     10.1%    19890   12.15     11.0%    99.5*     6    0.780    3100
`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-xds-'));
  for (const name of ['tree/raw', 'job/out', 'template', 'bin']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  for (const { path, content } of XDS.files ?? []) await writeFile(join(folder, 'template', path), content);
  for (let frame = 1; frame <= 12; frame++) {
    await writeFile(join(folder, `tree/raw/lyso_1_${String(frame).padStart(4, '0')}.cbf`), '');
    await writeFile(join(folder, `tree/raw/lyso_10_${String(frame).padStart(5, '0')}.cbf`), '');
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The script with a program in the place of XDS that writes what XDS writes. */
async function runScript(program: string, inputs: Record<string, string> = {}) {
  await writeFile(join(folder, 'bin/xds_par'), `#!/bin/sh\n${program}\n`);
  await chmod(join(folder, 'bin/xds_par'), 0o755);
  await writeFile(join(folder, 'CORRECT.LP'), CORRECT_LP);
  await writeFile(
    join(folder, 'job/input.json'),
    JSON.stringify({ dataset: { geometry: GEOMETRY, framesStored: 12 } }),
  );
  const reports = { PROGRESS: 'progress', METRICS: 'metrics', PLOTS: 'plots' } as const;
  const empty = ['RESOLUTION', 'SPACE_GROUP_NUMBER', 'UNIT_CELL', 'FIRST_FRAME', 'LAST_FRAME'];
  const done = await run('/usr/bin/python3', [join(folder, 'template/main.py')], {
    cwd: join(folder, 'job/out'),
    env: {
      NODE_ENV: 'test',
      ...{ PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, SAMPLE: folder, PYTHONDONTWRITEBYTECODE: '1' },
      ...{ JOB_WORK_DIR: join(folder, 'tree'), JOB_OUTPUT_DIR: join(folder, 'job/out') },
      ...{ JOB_CPUS: '4', JOB_REQUEST_FILE: join(folder, 'job/input.json') },
      ...Object.fromEntries(empty.map((name) => [`JOB_INPUT_${name}`, ''])),
      ...Object.fromEntries(
        Object.entries(reports).map(([name, file]) => [
          `JOB_${name}_FILE`,
          join(folder, `job/${file}.jsonl`),
        ]),
      ),
      ...{ JOB_INPUT_DATASET: join(folder, 'tree/raw/lyso_1'), JOB_INPUT_ROTATION_AXIS: '1 0 0' },
      ...inputs,
    },
  }).then(
    ({ stdout }) => ({ code: 0, log: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      log: error.stdout + error.stderr,
    }),
  );
  const reported = async (report: 'metrics' | 'progress') =>
    JSON.parse(
      foldReportLines(report, await readFile(join(folder, `job/${report}.jsonl`), 'utf8')) ?? 'null',
    );
  return { ...done, reported };
}

const WORKS = `cp "$SAMPLE/CORRECT.LP" . && cat > XDS_ASCII.HKL <<END
!FORMAT=XDS_ASCII
!SPACE_GROUP_NUMBER=   96
!UNIT_CELL_CONSTANTS=    78.105    78.105    37.202  90.000  90.000  90.000
!END_OF_HEADER
END
echo " ***** INTEGRATE ***** "`;

describe.skipIf(!pythonHas('json'))('XDS (needs Debian’s Python; XDS itself is not used)', () => {
  it('is told of the frames of this dataset and its geometry, in its own words', async () => {
    const done = await runScript(WORKS, {
      ...{ JOB_INPUT_RESOLUTION: '1.8', JOB_INPUT_SPACE_GROUP_NUMBER: '96', JOB_INPUT_LAST_FRAME: '8' },
      JOB_INPUT_UNIT_CELL: '78.1, 78.1, 37.2, 90, 90, 90',
    });
    expect(done.code, done.log).toBe(0);
    const told = (await readFile(join(folder, 'job/out/XDS.INP'), 'utf8')).split('\n');
    expect(told).toEqual(
      expect.arrayContaining([
        'MAXIMUM_NUMBER_OF_PROCESSORS= 4',
        'DATA_RANGE= 1 8',
        'ORGX= 240.500 ORGY= 301.250',
        'DETECTOR_DISTANCE= 180.5000',
        'X-RAY_WAVELENGTH= 0.976300',
        'OSCILLATION_RANGE= 0.5 STARTING_ANGLE= 40',
        'QX= 0.172 QY= 0.172',
        'SENSOR_THICKNESS= 0.32',
        'SPACE_GROUP_NUMBER= 96',
        'UNIT_CELL_CONSTANTS= 78.1 78.1 37.2 90 90 90',
        'INCLUDE_RESOLUTION_RANGE= 50 1.8',
      ]),
    );
    expect(told.some((line) => line.endsWith('lyso_1_????.cbf'))).toBe(true);
  });

  it('tells what CORRECT found, of its last table', async () => {
    const { reported } = await runScript(WORKS);
    expect(await reported('metrics')).toEqual({
      ...{ cell: '78.11 78.11 37.20 90 90 90', spaceGroup: '96', mergedResolutionA: 2.1, multiplicity: 5 },
      ...{ rMerge: 0.098, ccHalf: 0.995, completeness: 97.3, iOverSigma: 12.15 },
      ...{ rMeas: 0.11, observations: 20_000, uniqueReflections: 4000, wilsonB: 21.65 },
    });
    expect(await readdir(join(folder, 'job/out'))).toEqual(
      expect.arrayContaining((XDS.outputs ?? []).map(({ path }) => path)),
    );
  });

  it('names the step that failed, with the last words of XDS and what to try', async () => {
    const fault = '!!! ERROR !!! INSUFFICIENT PERCENTAGE (< 50%) OF INDEXED REFLECTIONS';
    const done = await runScript(`echo " ***** IDXREF ***** (VERSION)"; echo "  ${fault}"`);
    expect(done.code).toBe(1);
    expect(done.log).toContain('The step IDXREF of XDS failed.');
    expect(done.log).toContain(fault);
    expect(done.log).toContain('Check beam centre');
    expect(await done.reported('progress')).toMatchObject({ text: 'IDXREF failed' });
  });

  it('refuses frames that are not there', async () => {
    const done = await runScript(WORKS, { JOB_INPUT_LAST_FRAME: '13' });
    expect(done.code).toBe(1);
    expect(done.log).toContain('Frames 1 to 13 were asked for, and there are 1 to 12.');
  });
});
