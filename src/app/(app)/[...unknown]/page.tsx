import { notFound } from 'next/navigation';

/** Any other address: told inside the shell, so that the way back is at hand. */
export default function UnknownPage(): never {
  notFound();
}
