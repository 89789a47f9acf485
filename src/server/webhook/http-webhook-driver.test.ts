import type { LookupAddress } from 'node:dns';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testCertificate } from '#hub/testing/test-certificate.ts';
import { type WebhookReceiver, webhookReceiver } from '#src/testing/webhook-receiver.ts';
import { createHttpWebhookDriver } from './http-webhook-driver.ts';

const local = createHttpWebhookDriver({ allowLocal: true, networks: [] });
const strict = createHttpWebhookDriver({ allowLocal: false, networks: [] });
const posting = (url: string) => ({ url, body: '{"text":"é"}', headers: { 'beamdeck-event': 'test' } });

let receiver: WebhookReceiver | undefined;
afterEach(() => receiver?.close());

describe('a receiver', () => {
  it('gets the body as it is, and what it answers is told, its beginning as one line', async () => {
    receiver = await webhookReceiver();
    receiver.answer = () => ({ status: 202, body: `taken\n${'x'.repeat(1000)}` });
    const outcome = await local.post(posting(receiver.url));
    expect(outcome).toMatchObject({ kind: 'answered', status: 202 });
    expect(outcome.kind === 'answered' && outcome.answer).toMatch(/^taken x{100,294}$/);
    expect(receiver.posts).toMatchObject([
      { body: '{"text":"é"}', headers: { 'content-type': 'application/json', 'beamdeck-event': 'test' } },
    ]);
  });

  it('that sends elsewhere is not followed', async () => {
    receiver = await webhookReceiver();
    const { url } = receiver;
    receiver.answer = () => ({ status: 307, location: `${url}/elsewhere` });
    expect(await local.post(posting(url))).toMatchObject({ kind: 'answered', status: 307 });
    expect(receiver.posts).toHaveLength(1);
  });

  it('that is away is unreachable', async () => {
    receiver = await webhookReceiver();
    const { url } = receiver;
    await receiver.close();
    receiver = undefined;
    expect(await local.post(posting(url))).toMatchObject({ kind: 'unreachable', code: 'ECONNREFUSED' });
  });
});

describe('outside a demo', () => {
  it.each([
    'https://127.0.0.1/hooks',
    'https://[::1]/hooks',
    'https://[::ffff:127.0.0.1]/hooks',
    'https://0x7f.1/hooks',
    'https://2130706433/hooks',
    'https://10.0.0.5/hooks',
    'https://169.254.169.254/latest/meta-data',
    // A name that leads to this machine: found out when it is looked up, at the connection itself.
    'https://localhost/hooks',
  ])('nothing is posted to %s', async (url) => {
    expect(await strict.post(posting(url))).toMatchObject({ kind: 'forbidden' });
  });

  it('nothing is posted without TLS', async () => {
    receiver = await webhookReceiver();
    expect(await strict.post(posting(receiver.url))).toMatchObject({ kind: 'forbidden' });
    expect(await strict.post(posting(receiver.url.replace('127.0.0.1', 'localhost')))).toMatchObject({
      kind: 'forbidden',
    });
    expect(receiver.posts).toEqual([]);
  });
});

describe('a facility’s own network', () => {
  const authorities = tls.getCACertificates();
  const NAME = 'chat.facility.test';
  let certificate: TestCertificate;
  beforeAll(() => {
    certificate = testCertificate({ names: `IP:127.0.0.1,DNS:${NAME}` });
    // As NODE_EXTRA_CA_CERTS does for a process that is started with it.
    tls.setDefaultCACertificates([...authorities, certificate.cert]);
  });
  afterAll(() => tls.setDefaultCACertificates(authorities));

  const at = (address: string): LookupAddress => ({ address, family: 4 });
  /** Outside a demo, where `NAME` stands for these addresses at the first look-up, the second, and so on. */
  const within = (networks: string[], ...looked: LookupAddress[][]) =>
    createHttpWebhookDriver({
      ...{ allowLocal: false, networks },
      lookUp: (_hostname, _options, done) => done(null, looked.shift() ?? []),
    });
  const byName = (url: string) => url.replace('127.0.0.1', NAME);

  it('is posted to once it is permitted, by address and by name', async () => {
    receiver = await webhookReceiver(certificate);
    const { url, posts } = receiver;
    expect(await strict.post(posting(url))).toMatchObject({
      ...{ kind: 'forbidden', reason: expect.stringContaining('BEAMDECK_WEBHOOK_NETWORKS') },
    });
    expect(await within(['10.0.0.0/8'], [at('127.0.0.1')]).post(posting(byName(url)))).toMatchObject({
      kind: 'forbidden',
    });
    expect(posts).toEqual([]);
    expect(await within(['127.0.0.0/8']).post(posting(url))).toMatchObject({ kind: 'answered', status: 200 });
    const named = await within(['127.0.0.1'], [at('127.0.0.1')]).post(posting(byName(url)));
    expect(named).toMatchObject({ kind: 'answered', status: 200 });
    expect(posts.map(({ headers }) => headers.host?.split(':')[0])).toEqual(['127.0.0.1', NAME]);
  });

  it('is not posted to by a name that stands for an address outside of it too', async () => {
    receiver = await webhookReceiver(certificate);
    const both = within(['127.0.0.1'], [at('127.0.0.1'), at('10.0.0.5')]);
    expect(await both.post(posting(byName(receiver.url)))).toMatchObject({ kind: 'forbidden' });
    expect(receiver.posts).toEqual([]);
  });

  it('is where the connection goes: what a name stands for a moment later is not asked', async () => {
    receiver = await webhookReceiver(certificate);
    const looked = [[at('127.0.0.2')], [at('127.0.0.1')]];
    const outcome = await within(['127.0.0.2'], ...looked).post(posting(byName(receiver.url)));
    expect(outcome).toMatchObject({ kind: 'unreachable', code: 'ECONNREFUSED' });
    expect(receiver.posts).toEqual([]);
  });

  it('is not posted to without TLS, nor by a certificate that nobody vouches for', async () => {
    receiver = await webhookReceiver();
    const plain = await within(['127.0.0.0/8']).post(posting(receiver.url));
    expect(plain).toMatchObject({ kind: 'forbidden' });
    await receiver.close();
    receiver = await webhookReceiver(testCertificate({ names: 'IP:127.0.0.1' }));
    const unvouched = await within(['127.0.0.0/8']).post(posting(receiver.url));
    expect(unvouched).toMatchObject({ kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(receiver.posts).toEqual([]);
  });
});
