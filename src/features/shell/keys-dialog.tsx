'use client';
import { Dialog, DialogContent } from '#src/components/ui/dialog.tsx';
import { Kbd } from '#src/components/ui/kbd.tsx';
import { type KeyBinding, useKeyGroups } from './keys.tsx';

/** One row per action, with all the keys that do it, in the order they are bound. */
export function actionsOf(
  bindings: readonly Pick<KeyBinding, 'keys' | 'does'>[],
): { does: string; keys: string[] }[] {
  const actions = new Map<string, string[]>();
  for (const { keys, does } of bindings) actions.set(does, [...(actions.get(does) ?? []), keys]);
  return [...actions].map(([does, keys]) => ({ does, keys }));
}

/** Every key that works on this page now, the page's own first. */
export function KeysDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const groups = useKeyGroups((state) => state.groups);
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title="Keys of this page" className="max-w-2xl">
        <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
          {groups.toReversed().map((group) => (
            <section key={group.id}>
              <h3 className="mb-1 font-semibold text-ink-faint text-xs">{group.title}</h3>
              <dl>
                {actionsOf(group.bindings).map(({ does, keys }) => (
                  <div key={does} className="flex items-center justify-between gap-4 py-0.5 text-sm">
                    <dt>{does}</dt>
                    <dd className="flex shrink-0 items-center gap-2">
                      {keys.map((each) => (
                        <Kbd key={each} keys={each} />
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </DialogContent>
    </Dialog>
  );
}
