export { CustodyDialog } from './custody-dialog.tsx';
