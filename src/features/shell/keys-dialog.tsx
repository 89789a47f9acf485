'use client';
import { Dialog, DialogContent } from '#src/components/ui/dialog.tsx';
import { Kbd } from '#src/components/ui/kbd.tsx';
import { useKeyGroups } from './keys.tsx';

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
                {group.bindings.map((binding) => (
                  <div key={binding.keys} className="flex items-center justify-between gap-4 py-0.5 text-sm">
                    <dt>{binding.does}</dt>
                    <dd>
                      <Kbd keys={binding.keys} />
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
