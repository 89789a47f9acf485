export { FileBrowser } from './file-browser.tsx';
