import { SettingsTab } from '#src/features/experiments/index.ts';

export default SettingsTab;
