import { readFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';

interface ProcessInfo {
  type: string;
  id: number;
}

/** Megabytes of a process now and at most; null where the system does not tell. */
function memoryOf(pid: number): { nowMb: number; peakMb: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { nowMb: read('VmRSS'), peakMb: read('VmHWM') };
  } catch {
    return null;
  }
}

/** Memory of the tab that has most. */
export async function tabMemory(browser: Browser): Promise<{ nowMb: number; peakMb: number } | null> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
      processInfo: ProcessInfo[];
    };
    const tabs = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => memoryOf(id));
    return tabs.reduce((most, tab) => (tab && (!most || tab.nowMb > most.nowMb) ? tab : most), null);
  } finally {
    await session.detach();
  }
}
