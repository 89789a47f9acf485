/** Some browsers begin to read what is saved only after a while. */
const KEPT_MS = 60_000;

/** Hands bytes or a text to the person as a file of this name. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** The same of a text. `type` is its media type, such as `text/csv`. */
export const saveText = (text: string, name: string, type: string): void =>
  saveFile(new Blob([text], { type: `${type};charset=utf-8` }), name);
