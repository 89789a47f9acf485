export { EntranceFrame } from './entrance-frame.tsx';
export { NoAdminNote } from './no-admin-note.tsx';
export { SetPasswordForm } from './set-password-form.tsx';
export { SignInForm } from './sign-in-form.tsx';
