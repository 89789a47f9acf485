export { AccountPage } from './account-page.tsx';
export { ProveAddress } from './prove-address.tsx';
