import { expect, it } from 'vitest';
import { actionsOf } from './keys-dialog.tsx';

it('lists an action once, with all its keys', () => {
  const bindings = [
    { keys: '>', does: 'next frame' },
    { keys: '<', does: 'previous frame' },
    { keys: 'ArrowRight', does: 'next frame' },
  ];
  expect(actionsOf(bindings)).toEqual([
    { does: 'next frame', keys: ['>', 'ArrowRight'] },
    { does: 'previous frame', keys: ['<'] },
  ]);
});
