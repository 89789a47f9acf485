import { setTimeout as sleep } from 'node:timers/promises';
import type { FolderRig } from './folder-rig.ts';
import { until } from './hub-rig.ts';
import { peerExperiment } from './peer-authority.ts';

/** Further from a switch than the margin within which nobody could tell. */
const MARGIN_MS = 1500;
const HOUR_AGO = new Date(Date.now() - 3_600_000).toISOString();

/** What staff do with two experiments, A and then B, of an instrument whose HUB watches a folder. */
export class TwoExperiments {
  private readonly rig: FolderRig;
  private a = peerExperiment('DEM26-A');
  private b = peerExperiment('DEM26-B');

  constructor(rig: FolderRig) {
    this.rig = rig;
    rig.licensed();
  }

  /** Resolves when a HUB that runs obeys. */
  private async control(changes: Parameters<FolderRig['peer']['authority']['control']>[0]): Promise<void> {
    const { hub, peer } = this.rig;
    const obeyed = () => hub.hub?.status().controlRevision;
    const before = obeyed();
    peer.authority.control(changes);
    if (before !== undefined) await until('the switch to be obeyed', () => obeyed() !== before);
  }

  /** Uploading of each. */
  async switchTo(
    uploadOfA: 'on' | 'off',
    uploadOfB: 'on' | 'off',
    held: 'send' | 'leave' = 'send',
  ): Promise<void> {
    [this.a, this.b] = [
      { ...this.a, upload: uploadOfA, held },
      { ...this.b, upload: uploadOfB, held },
    ];
    await this.control({ experiments: [this.a, this.b] });
  }

  async activateA(): Promise<void> {
    await this.control({
      activations: [{ experimentId: this.a.id, startedAt: HOUR_AGO, endedAt: null }],
    });
  }

  /** Returns when it was. */
  async activateB(): Promise<string> {
    const doubt = () => this.rig.hub.hub!.status().clock.roundTripMs ?? Number.POSITIVE_INFINITY;
    await until('clocks that are known well', () => doubt() < MARGIN_MS);
    await sleep(MARGIN_MS);
    const switched = new Date().toISOString();
    await this.control({
      activations: [
        { experimentId: this.a.id, startedAt: HOUR_AGO, endedAt: switched },
        { experimentId: this.b.id, startedAt: switched, endedAt: null },
      ],
    });
    await sleep(MARGIN_MS);
    return switched;
  }
}
