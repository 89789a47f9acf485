import { appErrorOf } from './app-error-of.ts';
import { Button } from './ui/button.tsx';
import { FormFault } from './ui/form-fault.tsx';

interface EditedByOthersProps {
  /** What the form changes: "experiment". */
  what: string;
  edit: { isPending: boolean; error: unknown };
  /** A field of the form tells why saving failed. */
  isTold: boolean;
  mayEdit: boolean;
  isChanged: boolean;
  /** Others saved it since the form was filled in. */
  isOld: boolean;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
  onDiscard: () => void;
}

/** The foot of a form on something that others may change meanwhile: a warning when they did, why saving failed, and the ways on. */
export function EditedByOthers({
  what,
  edit,
  isTold,
  mayEdit,
  isChanged,
  isOld,
  onTakeTheirs,
  onKeepMine,
  onDiscard,
}: EditedByOthersProps) {
  const isOvertaken = appErrorOf(edit.error)?.code === 'CONFLICT';
  return (
    <>
      {isOld && isChanged && !isOvertaken && (
        <p className="text-sm text-warn">Somebody changed this {what} while you are writing.</p>
      )}
      <FormFault error={edit.error} isTold={isTold} />
      {mayEdit && (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" busy={edit.isPending} disabled={!isChanged}>
            Save
          </Button>
          {isOld ? (
            <>
              <Button onClick={onTakeTheirs}>Take theirs</Button>
              <Button look="quiet" onClick={onKeepMine}>
                Keep mine, to save over theirs
              </Button>
            </>
          ) : (
            <Button look="quiet" disabled={!isChanged} onClick={onDiscard}>
              Discard
            </Button>
          )}
        </div>
      )}
    </>
  );
}
