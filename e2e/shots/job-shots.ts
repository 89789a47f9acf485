import { unreachable } from './broken-answers.ts';
import { press, type Shot } from './shot.ts';

/** Jobs, in a list and each on its page. */
export const JOB_SHOTS: readonly Shot[] = [
  { name: 'jobs', page: '(app)/jobs', who: 'scientist', path: '/jobs' },
  { name: 'jobs-open', page: '(app)/jobs', who: 'scientist', path: ({ jobId }) => `/jobs?job=${jobId}` },
  { name: 'jobs-failed', page: '(app)/jobs', who: 'scientist', path: '/jobs?show=failed' },
  { name: 'jobs-empty', page: '(app)/jobs', who: 'outsider', path: '/jobs' },
  {
    name: 'job',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ jobId }) => `/jobs/${jobId}`,
  },
  {
    name: 'job-failed',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ failedJobId }) => `/jobs/${failedJobId}`,
  },
  {
    name: 'job-on-grace',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ graceJobId }) => `/jobs/${graceJobId}`,
  },
  {
    name: 'jobs-unreachable',
    page: '(app)/jobs',
    who: 'scientist',
    path: '/jobs',
    first: unreachable('jobs.list'),
  },
  {
    name: 'job-files',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ jobId }) => `/jobs/${jobId}?part=files`,
  },
  {
    name: 'job-parameters',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ jobId }) => `/jobs/${jobId}?part=parameters`,
  },
  {
    name: 'job-run-again',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ jobId }) => `/jobs/${jobId}`,
    first: press('button', 'Run again'),
  },
  {
    name: 'job-growing',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ growingJobId }) => `/jobs/${growingJobId}`,
  },
  {
    name: 'job-log',
    page: '(app)/jobs/[jobId]',
    who: 'scientist',
    path: ({ growingJobId }) => `/jobs/${growingJobId}?part=log&find=needle`,
  },
  {
    name: 'jobs-compared',
    page: '(app)/jobs/compare',
    who: 'scientist',
    path: ({ comparedJobIds }) => `/jobs/compare?jobs=${comparedJobIds.join(',')}`,
  },
  { name: 'jobs-compared-none', page: '(app)/jobs/compare', who: 'scientist', path: '/jobs/compare' },
  {
    name: 'job-not-there',
    page: '(app)/jobs/[jobId]',
    who: 'outsider',
    path: ({ jobId }) => `/jobs/${jobId}`,
  },
];
