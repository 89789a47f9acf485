import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { findExperiment } from './access.repository.ts';
import { announceActivation, recordActivation } from './announce-activation.ts';
import {
  activationAt,
  cutActivation,
  insertActivation,
  lockInstrument,
  nextSwitch,
  openActivation,
  transitionExperiment,
} from './experiment.repository.ts';
import { STATE_WORDS } from './lifecycle.service.ts';

export interface SiteActivation {
  /** The agent's id of the switch. */
  switchId: string;
  instrumentId: string;
  /** Null: no experiment is active from then on. */
  experimentId: string | null;
  /** On the server's clock; not in the future. How well it is known stays with the switch, and `whoseData` decides nothing within that. */
  at: Date;
  /** Account on that machine. */
  by: string;
}

/** What became of it: refused, or in the history; `cut` is who had been active by the history until then, and until when that is no longer so. */
export type SiteOutcome =
  | { refusal: string }
  | { refusal: null; cut: { experimentId: string; code: string; until: Date | null } | null };

/** Why the switch cannot be put into the history; null when it can. */
async function refusalOf(tx: Transaction, wanted: SiteActivation): Promise<string | null> {
  if (wanted.experimentId === null) return null;
  const experiment = await findExperiment(tx, wanted.experimentId);
  if (!experiment || experiment.instrumentId !== wanted.instrumentId) {
    return 'the experiment is not one of this instrument';
  }
  return experiment.state === 'closed' ? `${experiment.code} is ${STATE_WORDS.closed}` : null;
}

/**
 * Puts a switch that was made at the instrument, without the server, into the history of activations at its own time: what was active then
 * ends there; the new experiment is active until the next activation that is later, or until it was switched off on site (later ones
 * count, wherever they were made). That the former one was finished or deactivated in the web app meanwhile ends nothing of the new one.
 * An experiment in Preparation becomes Running as by `activate`; one that was finished becomes Running again only when it is active now.
 *
 * Datasets that were opened before this was known stay where they were put: nothing is moved behind anybody's back. Agents tell of a
 * switch before they open series that began after it, so none of theirs is decided too early; what another agent brought in between is
 * for staff to move, who are told (`cut`).
 */
export async function applySiteActivation(
  tx: Transaction,
  ctx: ServiceContext,
  wanted: SiteActivation,
): Promise<SiteOutcome> {
  const { switchId, instrumentId, experimentId, at, by } = wanted;
  await lockInstrument(tx, instrumentId);
  const refusal = await refusalOf(tx, wanted);
  if (refusal !== null) return { refusal };
  const former = await activationAt(tx, instrumentId, at);
  if ((former?.experimentId ?? null) === experimentId) return { refusal: null, cut: null };
  const until = await nextSwitch(tx, instrumentId, at);
  const detail = { instrumentId, switchId, by, origin: 'site' };
  if (former) {
    await cutActivation(tx, former.id, at);
    await recordActivation(tx, ctx, 'experiment.deactivate', former.experimentId, {
      ...detail,
      at: at.toISOString(),
    });
  }
  if (experimentId !== null) {
    const isActive = until === null;
    const set = isActive
      ? { finishedAt: null, processingUntil: null, startedAtIfUnset: at }
      : { startedAtIfUnset: at };
    const state = (await findExperiment(tx, experimentId))!.state;
    if (isActive || state === 'preparation') {
      await transitionExperiment(tx, experimentId, 'running', set, { allowSame: true });
    }
    await insertActivation(tx, {
      id: ctx.newId(),
      instrumentId,
      experimentId,
      startedAt: at,
      endedAt: until,
      origin: 'site',
      siteSwitchId: switchId,
    });
    await recordActivation(tx, ctx, 'experiment.activate', experimentId, {
      ...detail,
      since: at.toISOString(),
      until: until?.toISOString() ?? null,
    });
  }
  const active = await openActivation(tx, instrumentId);
  const touched = [former?.experimentId, experimentId].filter((id) => id != null);
  await announceActivation(tx, ctx, instrumentId, active?.experimentId ?? null, touched);
  if (!former) return { refusal: null, cut: null };
  const { code } = (await findExperiment(tx, former.experimentId))!;
  return { refusal: null, cut: { experimentId: former.experimentId, code, until } };
}
