import { press, type Shot } from './shot.ts';

/** Job templates: those that ship, one of the scientist's own, and the editor. */
export const TEMPLATE_SHOTS: readonly Shot[] = [
  { name: 'templates', page: '(app)/templates', who: 'scientist', path: '/templates' },
  { name: 'templates-nothing-matches', page: '(app)/templates', who: 'scientist', path: '/templates?q=zzz' },
  {
    name: 'template-shipped',
    page: '(app)/templates/[slug]',
    who: 'viewer',
    path: '/templates/fast-feedback',
  },
  {
    name: 'template-own',
    page: '(app)/templates/[slug]',
    who: 'scientist',
    path: ({ templateSlug }) => `/templates/${templateSlug}`,
  },
  {
    name: 'template-run',
    page: '(app)/templates/[slug]',
    who: 'scientist',
    path: ({ templateSlug }) => `/templates/${templateSlug}`,
    first: press('button', 'Run'),
  },
  {
    name: 'template-share',
    page: '(app)/templates/[slug]',
    who: 'scientist',
    path: ({ templateSlug }) => `/templates/${templateSlug}`,
    first: press('button', 'Share'),
  },
  {
    name: 'template-not-there',
    page: '(app)/templates/[slug]',
    who: 'outsider',
    path: ({ templateSlug }) => `/templates/${templateSlug}`,
  },
  {
    name: 'template-edit',
    page: '(app)/templates/[slug]/edit',
    who: 'scientist',
    path: ({ templateSlug }) => `/templates/${templateSlug}/edit`,
  },
  { name: 'template-new', page: '(app)/templates/new', who: 'scientist', path: '/templates/new' },
  {
    name: 'template-new-faults',
    page: '(app)/templates/new',
    who: 'scientist',
    path: '/templates/new',
    first: press('button', 'Make the template'),
  },
];
