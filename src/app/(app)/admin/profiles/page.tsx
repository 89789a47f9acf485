import type { Metadata } from 'next';
import { ProfilesPage } from '#src/features/admin/index.ts';

export const metadata: Metadata = { title: 'Profiles' };

export default ProfilesPage;
