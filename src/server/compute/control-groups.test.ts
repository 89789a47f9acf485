import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidates } from './control-groups.ts';
import { cpuMsOf, makeGroup, memoryBytesOf, memoryKillsOf } from './run-group.ts';

const LIMITS = { cpus: 2, memoryBytes: 1024 ** 3, processes: 100 };
const mount = (root: string, point: string, type: string, options: string) =>
  `36 35 0:33 ${root} ${point} rw,relatime shared:9 - ${type} ${type} rw,${options}\n`;

describe('control groups of a machine', () => {
  it('are found with version 1, where each controller has a place of its own', () => {
    const mounts =
      mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct') +
      mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'memory') +
      mount('/', '/sys/fs/cgroup/pids', 'cgroup', 'pids');
    expect(candidates('5:cpu,cpuacct:/\n4:memory:/service/a:b\n3:pids:/service\n', mounts)).toEqual([
      {
        version: 1,
        ...{ cpu: '/sys/fs/cgroup/cpu,cpuacct', cpuacct: '/sys/fs/cgroup/cpu,cpuacct' },
        ...{ memory: '/sys/fs/cgroup/memory/service/a:b', pids: '/sys/fs/cgroup/pids/service' },
      },
    ]);
  });

  it('are found in a container, which sees a part of the hierarchy', () => {
    const one = (options: string) => mount('/docker/17', `/sys/fs/cgroup/${options}`, 'cgroup', options);
    const mounts = ['cpu', 'cpuacct', 'memory', 'pids'].map(one).join('');
    const own = '5:cpu:/docker/17\n4:cpuacct:/docker/17/inner\n3:memory:/docker/17\n2:pids:/elsewhere\n';
    expect(candidates(own, mounts)).toMatchObject([
      {
        ...{ cpu: '/sys/fs/cgroup/cpu', cpuacct: '/sys/fs/cgroup/cpuacct/inner' },
        ...{ memory: '/sys/fs/cgroup/memory', pids: '/sys/fs/cgroup/pids' },
      },
    ]);
  });

  it('are looked for with version 2 in the own group and the one above', () => {
    const mounts = mount('/', '/sys/fs/cgroup', 'cgroup2', 'nsdelegate');
    const found = candidates('0::/system.slice/worker.service/worker\n', mounts);
    expect(found.map(({ version, memory }) => [version, memory])).toEqual([
      [2, '/sys/fs/cgroup/system.slice/worker.service/worker'],
      [2, '/sys/fs/cgroup/system.slice/worker.service'],
    ]);
    expect(candidates('0::/\n', mounts)).toHaveLength(1);
  });

  it('are none where a controller is missing', () => {
    expect(candidates('4:memory:/\n', mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'memory'))).toEqual([]);
    expect(candidates('', '')).toEqual([]);
  });
});

/** The files of a version 2 hierarchy, of which few test machines have one with memory in it. */
describe('a control group of version 2', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'beamdeck-cgroup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const made = () => {
    const parts = { cpu: folder, cpuacct: folder, memory: folder, pids: folder };
    const { group, make } = makeGroup({ version: 2, ...parts }, 'run', LIMITS);
    return { group, make, file: (name: string) => join(group.memory, name) };
  };

  it('gets its limits', () => {
    const { make, file } = made();
    make();
    expect(readFileSync(file('memory.max'), 'utf8')).toBe(`${1024 ** 3}`);
    expect(readFileSync(file('cpu.max'), 'utf8')).toBe('200000 100000');
    expect(readFileSync(file('pids.max'), 'utf8')).toBe('100');
  });

  it('tells what was used, and what was ended for want of memory', () => {
    const { group, file } = made();
    mkdirSync(group.memory);
    writeFileSync(file('cpu.stat'), 'usage_usec 1234567\nuser_usec 1\n');
    writeFileSync(file('memory.stat'), 'anon 1000\nfile 9000\nkernel 5\nshmem 200\n');
    writeFileSync(file('memory.events'), 'low 0\noom 3\noom_kill 2\noom_group_kill 1\n');
    expect(cpuMsOf(group)).toBe(1235);
    expect(memoryBytesOf(group)).toBe(1200);
    expect(memoryKillsOf(group)).toBe(2);
  });

  it('that is gone has used nothing that is known', () => {
    const { group } = made();
    expect([cpuMsOf(group), memoryBytesOf(group), memoryKillsOf(group)]).toEqual([null, 0, 0]);
  });
});
