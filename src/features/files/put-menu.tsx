'use client';
import {
  FileUp,
  FolderInput,
  FolderPen,
  FolderPlus,
  FolderUp,
  TextCursorInput,
  Trash2,
  Upload,
} from 'lucide-react';
import { type RefObject, useRef } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from '#src/components/ui/dropdown-menu.tsx';
import { type ChosenFile, filesOfInput } from './chosen-files.ts';

/** The buttons that put files into the folder one looks at, and change what is there. */
export function PutMenu({
  folder,
  fault,
  isBusy,
  fileInput,
  onFiles,
  change,
}: {
  folder: string;
  /** Why it cannot be done here. */
  fault: string | null;
  isBusy: boolean;
  fileInput: RefObject<HTMLInputElement | null>;
  onFiles: (files: readonly ChosenFile[]) => unknown;
  /** What can be done with what is there. */
  change: { make: () => void; rename: () => void; move: () => void; remove: () => void };
}) {
  const folderInput = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    const chosen = filesOfInput(input.files ?? [], folder);
    // The same file may be chosen again, to go on with it.
    input.value = '';
    void onFiles(chosen);
  };
  const shared = {
    type: 'file',
    multiple: true,
    hidden: true,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => take(event.currentTarget),
  } as const;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button busy={isBusy}>
            <Upload aria-hidden /> Upload
          </Button>
        </MenuTrigger>
        <MenuContent align="end" className="max-w-72">
          {fault === null ? (
            <>
              <MenuItem onSelect={() => fileInput.current?.click()}>
                <FileUp aria-hidden /> Files …
              </MenuItem>
              <MenuItem onSelect={() => folderInput.current?.click()}>
                <FolderUp aria-hidden /> A folder with all below it …
              </MenuItem>
            </>
          ) : (
            <MenuLabel className="text-ink-soft text-sm">{fault}</MenuLabel>
          )}
        </MenuContent>
      </Menu>
      <Menu>
        <MenuTrigger asChild>
          <Button size="icon" aria-label="Change folders and files">
            <FolderPen aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end" className="max-w-72">
          {fault === null ? (
            <>
              <MenuItem onSelect={change.make}>
                <FolderPlus aria-hidden /> New folder …
              </MenuItem>
              <MenuItem onSelect={change.rename}>
                <TextCursorInput aria-hidden /> Rename …
              </MenuItem>
              <MenuItem onSelect={change.move}>
                <FolderInput aria-hidden /> Move to …
              </MenuItem>
              <MenuItem danger onSelect={change.remove}>
                <Trash2 aria-hidden /> Delete …
              </MenuItem>
            </>
          ) : (
            <MenuLabel className="text-ink-soft text-sm">{fault}</MenuLabel>
          )}
        </MenuContent>
      </Menu>
      <input {...shared} ref={fileInput} aria-label={`Files for ${folder}`} />
      <input
        {...shared}
        ref={folderInput}
        aria-label={`A folder for ${folder}`}
        {...{ webkitdirectory: '' }}
      />
    </>
  );
}
