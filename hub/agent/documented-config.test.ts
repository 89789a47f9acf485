import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseHubConfig } from './config.ts';
import { DIRECT_UPLINK } from './uplink-config.ts';

test('the example in docs/hub.md is a configuration without fault, and says the defaults', () => {
  const document = readFileSync(new URL('../../docs/hub.md', import.meta.url), 'utf8');
  const example = /```toml\n([\s\S]*?)```/.exec(document)![1]!;
  const dir = mkdtempSync(path.join(tmpdir(), 'beamdeck-hub-doc-'));
  try {
    const file = path.join(dir, 'hub.toml');
    writeFileSync(path.join(dir, 'facility-ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const shown = parseHubConfig(example, file);
    expect(shown.detectors[0]).toMatchObject({ seriesTimeoutMs: 60_000, armedTimeoutMs: 3_600_000 });
    // Every key but the ones that have no default, left out.
    const bare = example
      .replace(/^\[(buffer|upload|uplink|\[uplink.schedule\]|local|landing|\[folder\])\].*\n(?:.+\n)*/gm, '')
      .replace(
        /^(log_level|state_dir|instrument|serial_number|metadata|senders|split_over|series_timeout_s|armed_timeout_s|mode|max_\w+) .*\n/gm,
        '',
      );
    expect(parseHubConfig(bare, file)).toEqual({
      ...shown,
      instrument: null,
      buffer: { ...shown.buffer, spill: null },
      local: { port: null },
      uplink: DIRECT_UPLINK,
      folders: [],
      detectors: [{ ...shown.detectors[0]!, serialNumber: null, metadata: null }],
    });
    const [landing] = parseHubConfig(`${bare}\n[landing]\npath = "/data/landing"\n`, file).folders;
    expect(landing).toEqual({ ...shown.folders[0], scanMs: null, include: [] });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
