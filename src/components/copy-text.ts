import { toast } from './ui/toast.tsx';

/** Copies a text, and says that it did (`what` it was) or that the browser refused. For a button that tells it itself there is `CopyButton`. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.done(`Copied ${what}`);
  } catch {
    toast.failed('The browser refused to copy.');
  }
}
