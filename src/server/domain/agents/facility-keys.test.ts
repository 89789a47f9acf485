import { describe, expect, it } from 'vitest';
import { FacilityKeys } from './facility-keys.ts';

const SECRET = 'a secret of at least thirty-two characters';
const FACILITY = '01900000-0000-7000-8000-000000000001';
const OTHER = '01900000-0000-7000-8000-000000000002';
const bytes = (text: string) => Buffer.from(text, 'utf8');

describe('the keys of facilities', () => {
  it('are the same in every process and version: agents keep the public key they were given', () => {
    expect(new FacilityKeys(SECRET).publicKey(FACILITY)).toBe('M_bo-lm7ZHZdCeRG9fchckEZKOOEFiihTFkuUhktlC4');
    // Ed25519 signatures are deterministic (RFC 8032 §5.1.6).
    expect(new FacilityKeys(SECRET).sign(FACILITY, 'Grüße')).toBe(
      new FacilityKeys(SECRET).sign(FACILITY, 'Grüße'),
    );
  });

  it('sign for one facility of one installation', () => {
    const keys = new FacilityKeys(SECRET);
    const signature = keys.sign(FACILITY, 'on');
    expect(signature).toMatch(/^[A-Za-z0-9_-]{86}$/);
    expect(keys.verify(FACILITY, bytes('on'), signature)).toBe(true);
    expect(keys.verify(FACILITY, bytes('off'), signature)).toBe(false);
    expect(keys.verify(OTHER, bytes('on'), signature)).toBe(false);
    expect(new FacilityKeys(`${SECRET}!`).verify(FACILITY, bytes('on'), signature)).toBe(false);
    expect(keys.verify(FACILITY, bytes('on'), '')).toBe(false);
  });
});
