/** Bytes [first, last] of a signed address; of what is shorter, less. */
export async function fetchStored(
  url: string,
  range: { first: number; last: number },
  signal: AbortSignal,
): Promise<Response> {
  const answer = await fetch(url, { headers: { range: `bytes=${range.first}-${range.last}` }, signal });
  if (!answer.ok) throw new Error(`The data server answered ${answer.status}.`);
  return answer;
}

/** Names an object in caches: its address without the signature, which changes. */
export const nameOfAddress = (url: string): string => url.split('?')[0]!;
