'use client';
import { useMutation } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { heldTotal } from '#src/components/held-amount.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import {
  Menu,
  MenuContent,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuTrigger,
} from '#src/components/ui/dropdown-menu.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { UploadDecision } from '#src/components/upload-decision.tsx';
import { useAsked } from '#src/components/use-asked.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import { type HeldDecision, UPLOAD_MODES, type UploadMode } from '#src/shared/model/states.ts';
import { agentWords, type Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';
import { MODE_WORDS, modeMeans, switchWords } from './uplink-words.ts';

function wordsOf(agent: CockpitAgent, { mode, since }: { mode: UploadMode; since: Date }, moment: Moment) {
  const confirmed = agent.status?.uploads ?? null;
  return switchWords({ mode, since, confirmed }, agentWords(agent, moment).silence, moment.now.getTime());
}

/** How the switch of one agent stands, and how to turn it. */
function useSwitch(agent: CockpitAgent, moment: Moment, refresh: () => void) {
  const trpc = useTRPC();
  const told = agent.uploads;
  const { shown, ask, takeBack } = useAsked({ value: told.mode, since: told.since });
  const set = useMutation(
    trpc.agents.setUploads.mutationOptions({
      onError: (error) => {
        takeBack();
        toast.failed(error);
      },
      onSettled: refresh,
    }),
  );
  const words = wordsOf(agent, { mode: shown.value, since: shown.since }, moment);
  const turn = (mode: UploadMode, held: HeldDecision) => {
    ask(mode, moment.now);
    set.mutate({ agentId: agent.id, mode, held });
  };
  return { mode: shown.value, words, turn };
}

/** One agent's switch: what it is, what keeps that from being the whole truth, and the three modes with what each does to the data. */
function AgentSwitch({
  agent,
  named,
  moment,
  refresh,
}: {
  agent: CockpitAgent;
  /** With the agent's name, where there are several. */
  named: boolean;
  moment: Moment;
  refresh: () => void;
}) {
  const { mode, words, turn } = useSwitch(agent, moment, refresh);
  const [deciding, setDeciding] = useState<'on' | 'off' | null>(null);
  const held = heldTotal(agent.status?.held ?? []);
  const choose = (next: UploadMode) => {
    if (next === mode) return;
    if (next === 'on' && held) setDeciding('on');
    else if (next === 'off') setDeciding('off');
    else turn(next, 'send');
  };
  const title = named ? `Uploads of ${agent.name}` : 'Uploads';
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button
            disabled={moment.isServerLost}
            title={moment.isServerLost ? LOST_REASON : undefined}
            aria-busy={!words.settled}
          >
            {title}
            <Status tone={moment.isServerLost ? 'muted' : words.tone}>{words.text}</Status>
            <ChevronDown aria-hidden className="text-ink-faint" />
          </Button>
        </MenuTrigger>
        <MenuContent align="end" className="w-80">
          <MenuLabel>
            {agent.name}: {MODE_WORDS[agent.uploads.mode].word}, switched{' '}
            <RelativeTime at={agent.uploads.since} />
            {agent.uploads.byName && ` by ${agent.uploads.byName}`}
          </MenuLabel>
          <MenuRadioGroup value={mode} onValueChange={(next) => choose(next as UploadMode)}>
            {UPLOAD_MODES.map((each) => (
              <MenuRadioItem key={each} value={each} className="items-start py-1.5">
                <span className="grid gap-0.5">
                  <span className="font-medium">{MODE_WORDS[each].word}</span>
                  <span className="text-ink-soft text-xs">{modeMeans(agent.kind, each)}</span>
                </span>
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
        </MenuContent>
      </Menu>
      {words.note && !moment.isServerLost && (
        <span role="status" className="text-warn text-xs">
          {words.note}
        </span>
      )}
      {deciding && (
        <UploadDecision
          whose={agent.name}
          deciding={deciding}
          whatBecomes={
            agent.kind === 'sync'
              ? 'Files that come from now on stay where they are. Switching on again asks whether to upload them.'
              : undefined
          }
          whatIsLeft={
            agent.kind === 'sync'
              ? 'Files stay where they are, as left out; Watched folders has the button that sends them later.'
              : undefined
          }
          advice="Pause instead if nothing may be lost: then the detector waits when the buffer is full."
          held={held}
          onDecide={(decision) => {
            turn(deciding, decision);
            setDeciding(null);
          }}
          onCancel={() => setDeciding(null)}
        />
      )}
    </>
  );
}

/** An agent that was never in contact has nothing to switch. */
const known = (agents: readonly CockpitAgent[]) => agents.filter(({ lastSeenAt }) => lastSeenAt !== null);

/** The switches of the instrument's agents, for staff. */
export function UploadSwitches({
  agents,
  moment,
  refresh,
}: {
  agents: readonly CockpitAgent[];
  moment: Moment;
  refresh: () => void;
}) {
  return (
    <>
      {known(agents).map((agent) => (
        <AgentSwitch
          key={agent.id}
          agent={agent}
          named={known(agents).length > 1}
          moment={moment}
          refresh={refresh}
        />
      ))}
    </>
  );
}

/** Whether data are uploaded, for those who cannot switch it. */
export function UploadStates({ agents, moment }: { agents: readonly CockpitAgent[]; moment: Moment }) {
  return known(agents).map((agent) => {
    const { text, tone, note } = wordsOf(agent, agent.uploads, moment);
    return (
      <Status
        key={agent.id}
        tone={moment.isServerLost ? 'muted' : tone}
        title={modeMeans(agent.kind, agent.uploads.mode)}
      >
        uploads{known(agents).length > 1 ? ` of ${agent.name}` : ''} {text}
        {note && !moment.isServerLost && <span className="font-normal text-ink-soft"> {note}</span>}
      </Status>
    );
  });
}
