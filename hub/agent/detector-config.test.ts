import { describe, expect, it } from 'vitest';
import { AgentConfigError } from './agent-config.ts';
import { parseHubConfig } from './config.ts';

const head = `server = "http://127.0.0.1:3000"
token = "secret"
[[detector]]
name = "first"
protocol = "stream-v2"
endpoints = ["tcp://127.0.0.1:31001"]
[[detector]]
name = "second"
`;

function second(lines: string) {
  return parseHubConfig(`${head}${lines}`, '/etc/beamdeck/hub.toml').detectors[1]!;
}

function faultsOf(lines: string): readonly string[] {
  try {
    second(lines);
  } catch (error) {
    if (error instanceof AgentConfigError) return error.faults;
    throw error;
  }
  return [];
}

const V2 = 'protocol = "stream-v2"\n';
const ONE = 'endpoints = ["tcp://127.0.0.1:1"]\n';
const TWO = 'endpoints = ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"]\n';

describe('how many senders share a stream', () => {
  it.each([
    [`${V2}${ONE}`, 1],
    [`${V2}${TWO}`, 2],
    [`${V2}${ONE}senders = 8\n`, 8],
    [`${V2}${ONE}mode = "bind"\n`, null],
    [`${V2}${ONE}mode = "bind"\nsenders = 2\n`, 2],
    [`protocol = "stream-v1"\n${ONE}mode = "bind"\n`, 1],
  ])('%s', (lines, senders) => {
    expect(second(lines).senders).toBe(senders);
  });

  it('is one for Stream V1', () => {
    expect(faultsOf(`protocol = "stream-v1"\n${TWO}senders = 2\n`)).toEqual([
      'line 10: endpoints must list one address for "stream-v1": it has one sender',
      'line 11: senders must be 1 for "stream-v1"',
    ]);
  });
});

it('a series may be split over several HUBs, but not one of Stream V1', () => {
  expect(second(`${V2}${ONE}`).splitOver).toBe(1);
  expect(second(`${V2}${ONE}split_over = 4\n`).splitOver).toBe(4);
  expect(faultsOf(`protocol = "stream-v1"\n${ONE}split_over = 2\n`)).toEqual([
    'line 11: split_over must be 1 for "stream-v1": it has one sender',
  ]);
});

describe('metadata on a socket of their own', () => {
  it('are listened to when an address is given', () => {
    expect(second(`${V2}${ONE}`).metadata).toBeNull();
    expect(second(`${V2}${ONE}metadata = "tcp://10.0.0.5:31003"\n`).metadata).toBe('tcp://10.0.0.5:31003');
  });

  it.each([
    [`${V2}${ONE}metadata = "tcp://*:31003"\n`, 'metadata "tcp://*:31003": * is for mode = "bind" only'],
    [`${V2}${ONE}metadata = ["tcp://10.0.0.5:31003"]\n`, 'metadata must be a text in quotes'],
    [
      `protocol = "stream-v1"\n${ONE}metadata = "tcp://10.0.0.5:31003"\n`,
      'metadata must be left out for "stream-v1": it has none',
    ],
  ])('%s', (lines, fault) => {
    expect(faultsOf(lines)).toEqual([`line 11: ${fault}`]);
  });
});

describe('sending on', () => {
  it('is off unless asked for, and then has its defaults', () => {
    expect(second(`${V2}${ONE}`).republish).toBeNull();
    expect(second(`${V2}${ONE}[detector.republish]\nendpoint = "tcp://*:31002"\n`).republish).toEqual({
      endpoint: 'tcp://*:31002',
      mode: 'bind',
      maxBytes: 256 * 1024 ** 2,
      maxMessages: 10_000,
    });
  });

  it('tells what is wrong with it, with its line', () => {
    const lines = `${V2}${ONE}[detector.republish]\nmode = "connect"\nendpoint = "tcp://*:31002"\nmax_bytes = "1 kB"\ncolour = 1\n`;
    expect(faultsOf(lines)).toEqual([
      'line 13: endpoint "tcp://*:31002": * is for mode = "bind" only',
      'line 14: max_bytes must be a size of at least 1 MiB such as "256 MiB"',
      'line 15: unknown key "colour" in [detector.republish]',
    ]);
  });
});
