'use client';
import { useState } from 'react';
import type { HeldDecision } from '#src/shared/model/states.ts';
import { exactBytes } from './format.ts';
import { amountWords, type HeldAmount } from './held-amount.ts';
import { RelativeTime } from './relative-time.tsx';
import { Button } from './ui/button.tsx';
import { ChoiceList } from './ui/choice-list.tsx';
import { Dialog, DialogContent, DialogFooter } from './ui/dialog.tsx';

interface UploadDecisionProps {
  /** "HUB", or the code of an experiment. */
  whose: string;
  deciding: 'on' | 'off';
  /** What to do instead of switching off when nothing may be lost, as a sentence. */
  advice: string;
  /** What switching off does, in place of that and of the advice, where nothing can be lost. */
  whatBecomes?: string | undefined;
  /** What becomes of what is held when only what comes from now on is sent; by default of an agent with and one without a buffer. */
  whatIsLeft?: string | undefined;
  held: HeldAmount | null;
  onDecide: (held: HeldDecision) => void;
  onCancel: () => void;
}

/** What must be decided before the switch turns: on, while something is held; off, which may give data up. */
export function UploadDecision(props: UploadDecisionProps) {
  const { whose, deciding, advice, whatBecomes, whatIsLeft, held, onDecide, onCancel } = props;
  const [decision, setDecision] = useState<HeldDecision>('send');
  return (
    <Dialog open onOpenChange={(open) => !open && onCancel()}>
      {deciding === 'off' ? (
        <DialogContent
          title={`Switch uploads of ${whose} off?`}
          description={
            whatBecomes ??
            `What arrives from now on is kept while there is room. Then whole series are given up, the oldest first; each is named in the cockpit. ${advice}`
          }
        >
          <DialogFooter>
            <Button look="quiet" onClick={onCancel}>
              Cancel
            </Button>
            <Button look="danger" onClick={() => onDecide('send')}>
              Switch off
            </Button>
          </DialogFooter>
        </DialogContent>
      ) : (
        <DialogContent
          title={`Switch uploads of ${whose} on`}
          description={
            held ? (
              <>
                <span title={exactBytes(held.bytes)}>{amountWords(held)}</span>{' '}
                {held.files === 1 ? 'is' : 'are'} held; the oldest came <RelativeTime at={held.since} />.
              </>
            ) : undefined
          }
        >
          <ChoiceList
            label="What becomes of what is held"
            value={decision}
            onChoose={setDecision}
            choices={[
              {
                value: 'send',
                label: 'Send also what is held',
                means: 'It goes to the experiments in whose time it was acquired.',
              },
              {
                value: 'leave',
                label: 'From now on',
                means:
                  whatIsLeft ??
                  'Series that wait in a buffer are given up and named. Files of watched folders stay where they are, as left out; they can be sent later.',
              },
            ]}
          />
          <DialogFooter>
            <Button look="quiet" onClick={onCancel}>
              Cancel
            </Button>
            <Button look="primary" onClick={() => onDecide(decision)}>
              {decision === 'send' ? 'Switch on and send' : 'Switch on from now'}
            </Button>
          </DialogFooter>
        </DialogContent>
      )}
    </Dialog>
  );
}
