import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { installationIn } from '../e2e/shots/installation.ts';
import { makePlaces } from '../e2e/shots/places.ts';
import { Seats } from '../e2e/shots/seats.ts';
import { writeSheet } from '../e2e/shots/sheet.ts';
import { SHOTS } from '../e2e/shots/shot-list.ts';
import { takeShot } from '../e2e/shots/take-shot.ts';
import { CHROMIUM_FLAGS, ensureBrowser } from './ensure-browser.ts';
import { explain } from './lib/clear-fault.ts';

/**
 * `npm run shots`: pictures of every page, in light and dark, wide and narrow, empty and full. Against a demo that runs already, which
 * it fills with what is to be seen: best one of its own.
 */

const HELP = `npm run shots -- [options]

  --data-dir DIR     the data folder of the npm run up that is pictured (.data)
  --out DIR          where the pictures go (shots in the data folder)
  --only TEXTS       only pictures with one of these in their name, commas between
  --quick            light at 1440 px and dark at 390 px alone, and contrast and names are not checked
  --help             this text
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: '.data' },
      out: { type: 'string' },
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const dataDir = resolve(cwd, values['data-dir']);
  const folder = values.out === undefined ? join(dataDir, 'shots') : resolve(cwd, values.out);
  await mkdir(folder, { recursive: true });
  const executablePath = (await ensureBrowser()) ?? undefined;
  const installation = installationIn(dataDir);
  const places = await makePlaces(installation, say);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  const seats = new Seats(browser, installation);
  const faults: string[] = [];
  const parts = values.only.split(',');
  const wanted = SHOTS.filter(({ name }) => parts.some((part) => name.includes(part)));
  try {
    for (const shot of wanted) {
      const found = await takeShot(seats, places, shot, { folder, isQuick: values.quick });
      say(`${shot.name}${found.length > 0 ? ':' : ''}`);
      for (const fault of found) say(`  ${fault}`);
      faults.push(...found);
    }
  } finally {
    await browser.close();
  }
  await writeSheet(folder, wanted);
  say(`${wanted.length} pages and states are in ${join(folder, 'index.html')}; ${faults.length} faults`);
  return faults.length > 0 ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'taking the pictures').message}\n`);
  process.exit(1);
}
