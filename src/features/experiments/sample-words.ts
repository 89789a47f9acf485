interface Searchable {
  name: string;
  protein: string | null;
  container: string | null;
  position: string | null;
  barcode: string | null;
  parentName: string | null;
}

/** A2 before A10. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** The samples in whose fields every word of the search stands, whatever the case; by name, numbers within names by their value. */
export function samplesWith<Sample extends Searchable>(samples: readonly Sample[], search: string): Sample[] {
  const words = search.normalize('NFC').toLowerCase().split(/\s+/).filter(Boolean);
  const found = samples.filter((sample) => {
    const { name, protein, container, position, barcode, parentName } = sample;
    const text = [name, protein, container, position, barcode, parentName].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.sort((a, b) => byNumber.compare(a.name, b.name));
}
