import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const UNIT = join(import.meta.dirname, '../../packaging/beamdeck-sync.service');
/** systemd-analyze(1), security: 0 is none, 100 all there is; a service that leaves everything open has 96. */
const MOST_EXPOSURE = 25;

/** The unit by systemd's own judgement. */
describe.skipIf(isMissing)(
  `the unit of SYNC${isMissing ? ' (systemd-analyze not installed: apt-get install systemd)' : ''}`,
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'beamdeck-unit-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** What it says of the unit on a machine where the program is installed. */
    function verify(text: string) {
      const file = join(folder, 'beamdeck-sync.service');
      writeFileSync(file, text.replace('/usr/bin/beamdeck-sync run', '/bin/true run'));
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      });
      return { status, said: (stdout + stderr).replaceAll(file, 'UNIT') };
    }

    it('has no key and no value that systemd does not know', () => {
      const text = readFileSync(UNIT, 'utf8');
      expect(verify(text)).toEqual({ status: 0, said: '' });
      // So that silence means something.
      expect(verify(text.replace('Nice=', 'Nise=')).said).toContain("Unknown key 'Nise'");
      expect(verify(text.replace('best-effort', 'best')).said).toContain(
        'Failed to parse IO scheduling class',
      );
    });

    it('leaves the service little to do harm with', () => {
      const args = ['security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSURE}`, UNIT];
      const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      expect({ status, said: stdout.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
    });
  },
);
