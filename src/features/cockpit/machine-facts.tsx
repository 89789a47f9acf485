import type { ReactNode } from 'react';
import { exactBytes, formatBytes, formatShare } from '#src/components/format.ts';
import { Progress } from '#src/components/ui/progress.tsx';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import { diskLevel, neededDisks } from '#src/shared/model/needed-disks.ts';
import { diskWords } from './disk-words.ts';
import { clockWords } from './uplink-words.ts';

type AgentStatus = NonNullable<CockpitAgent['status']>;

/** Above this share of use a file system is worth a look. */
const FULL_SHARE = 0.9;

function Use({
  name,
  title,
  used,
  total,
  of,
  isLow,
}: {
  name: string;
  title?: string;
  used: number;
  total: number;
  of: string;
  /** Where something else than the share in use decides. */
  isLow?: boolean;
}) {
  const share = total === 0 ? 0 : used / total;
  return (
    <>
      <dt className="text-ink-faint" title={title}>
        {name}
      </dt>
      <dd>
        <Progress
          value={used}
          max={total}
          tone={(isLow ?? share > FULL_SHARE) ? 'warn' : 'running'}
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
    <dl className="grid grid-cols-[7rem_minmax(2rem,1fr)_auto] items-center gap-x-3 gap-y-1 text-xs">
      {hasBuffer && <Use name="buffer" used={buffer.usedBytes} total={buffer.maxBytes} of={agent.name} />}
      {machine && (
        <>
          {neededDisks(machine, hasBuffer).map((disk) => {
            const { text, title } = diskWords(disk);
            return (
              <Use
                key={title}
                name={text}
                title={title}
                used={disk.totalBytes - disk.freeBytes}
                total={disk.totalBytes}
                of={agent.name}
                isLow={diskLevel(disk) !== null}
              />
            );
          })}
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
