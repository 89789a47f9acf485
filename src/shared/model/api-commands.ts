/** What an empty list can be filled with from a script: a request of the API, and the line for a shell. */
export interface ApiRequest {
  method: 'POST' | 'PUT';
  /** Behind /api/v1. */
  path: string;
  body?: unknown;
}

export const makeExperiment = (instrumentSlug: string): ApiRequest => ({
  method: 'POST',
  path: `/instruments/${instrumentSlug}/experiments`,
  body: { title: 'Lysozyme screening', piEmail: 'ada@example.org' },
});

export const writeSamples = (experimentCode: string): ApiRequest => ({
  method: 'PUT',
  path: `/experiments/${experimentCode}/samples`,
  body: { samples: [{ name: 'lyso_1', container: 'puck-1', position: '1' }] },
});

export const makeProject = (): ApiRequest => ({
  method: 'POST',
  path: '/projects',
  body: { title: 'Lysozyme across beamlines' },
});

export const linkExperiment = (projectCode: string): ApiRequest => ({
  method: 'PUT',
  path: `/projects/${projectCode}/experiments/EXPERIMENT`,
});

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** For a shell in which `BEAMDECK_TOKEN` is an access token. `origin`: of this installation. */
export function curlOf({ method, path, body }: ApiRequest, origin: string): string {
  const parts = ['curl -f', `-X ${method}`, '-H "Authorization: Bearer $BEAMDECK_TOKEN"'];
  if (body !== undefined)
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  return [...parts, `${origin}/api/v1${path}`].join(' ');
}
