import { AdminFrame } from '#src/features/admin/index.ts';

export default AdminFrame;
