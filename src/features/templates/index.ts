export { EditTemplatePage, NewTemplatePage } from './template-editor-page.tsx';
export { TemplatePage } from './template-page.tsx';
export { TemplatesPage } from './templates-page.tsx';
