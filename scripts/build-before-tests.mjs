// vitest's global set-up: worker threads run the compiled code, so it has to be current. `npm test` has built already.
import { ensureBuild, SetupError } from './setup.mjs';

export function setup() {
  if (process.env.MARLIN_BUILD_IS_CURRENT === '1') return;
  try {
    ensureBuild();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // A single test of one room is worth running while another does not compile; `npm test` accepts no such build.
    console.warn(`${error.message}\nTests that start threads or the command line may run older code.`);
  }
}
