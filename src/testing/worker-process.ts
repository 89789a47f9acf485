import { BUILT_IN_TEMPLATES } from '../../templates/index.ts';
import { startWorker } from '../../workers/worker.ts';
import { config } from '../server/config/config.ts';
import { createWorkerContainer } from '../server/worker-container.ts';
import { PROBE_TEMPLATE } from './probe-template.ts';

/** The worker as a process of its own that a test may kill; knows the probe template besides the real ones. */
const services = createWorkerContainer(config(), 'worker', [...BUILT_IN_TEMPLATES, PROBE_TEMPLATE]);
const worker = await startWorker(services);
process.once('SIGTERM', () => {
  void worker.stop().then(() => services.close());
});
