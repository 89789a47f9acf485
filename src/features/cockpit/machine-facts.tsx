import type { ReactNode } from 'react';
import { exactBytes, formatBytes, formatShare } from '#src/components/format.ts';
import { Progress } from '#src/components/ui/progress.tsx';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import { clockWords } from './uplink-words.ts';

type AgentStatus = NonNullable<CockpitAgent['status']>;

/** Above this share of use a file system is worth a look. */
const FULL_SHARE = 0.9;

function Use({ name, used, total, of }: { name: string; used: number; total: number; of: string }) {
  const share = total === 0 ? 0 : used / total;
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd>
        <Progress
          value={used}
          max={total}
          tone={share > FULL_SHARE ? 'warn' : 'running'}
          label={`${name} of ${of}: ${formatBytes(total - used)} free of ${formatBytes(total)}`}
        />
      </dd>
      <dd
        className="text-right text-ink-soft"
        title={`${exactBytes(used)} of ${exactBytes(total)} in use (${formatShare(share)})`}
      >
        {formatBytes(total - used)} free of {formatBytes(total)}
      </dd>
    </>
  );
}

function Fact({ name, children, title }: { name: string; children: ReactNode; title?: string }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="col-span-2 text-right text-ink-soft" title={title}>
        {children}
      </dd>
    </>
  );
}

/** Buffer (where files are not their own), disks, memory and clock of the agent's machine, as it last told. */
export function MachineFacts({ agent, status }: { agent: CockpitAgent; status: AgentStatus }) {
  const { machine, buffer } = status;
  const clock = clockWords(status.clock);
  const hasBuffer = buffer.maxBytes > 0;
  return (
    <dl className="grid grid-cols-[5.5rem_minmax(2rem,1fr)_auto] items-center gap-x-3 gap-y-1 text-xs">
      {hasBuffer && <Use name="buffer" used={buffer.usedBytes} total={buffer.maxBytes} of={agent.name} />}
      {machine && (
        <>
          {hasBuffer && (
            <Use
              name="buffer disk"
              used={machine.bufferDisk.totalBytes - machine.bufferDisk.freeBytes}
              total={machine.bufferDisk.totalBytes}
              of={agent.name}
            />
          )}
          <Use
            name="state disk"
            used={machine.stateDisk.totalBytes - machine.stateDisk.freeBytes}
            total={machine.stateDisk.totalBytes}
            of={agent.name}
          />
          <Use
            name="memory"
            used={machine.memoryTotalBytes - machine.memoryFreeBytes}
            total={machine.memoryTotalBytes}
            of={agent.name}
          />
          <Fact name="program" title={exactBytes(machine.processMemoryBytes)}>
            {formatBytes(machine.processMemoryBytes)} of memory
          </Fact>
        </>
      )}
      <Fact name="clock" title={clock.title}>
        <span className={clock.tone === 'warn' ? 'text-warn' : undefined}>{clock.text}</span>
      </Fact>
    </dl>
  );
}
