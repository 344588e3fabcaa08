// The last line of a test run: `N passed, N failed, N skipped`, and before it why tests were skipped, where they say so. Named after
// the default reporter, so that it ends after it.

/** A vitest reporter. What keeps tests from running at all (a file that does not load, a hook or a promise outside of any
 *  test that fails) counts as failed, so that the line never looks better than the run was. */
export default class ClosingLineReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const notes = new Map();
    for (const testModule of testModules) {
      for (const group of [testModule, ...testModule.children.allSuites()]) {
        if (group.errors().length > 0) count.failed += 1;
      }
      for (const test of testModule.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'skipped' && note !== undefined) notes.set(note, (notes.get(note) ?? 0) + 1);
        // A test that was still pending when the run ended (interrupted) did not pass.
        count[state === 'passed' || state === 'skipped' ? state : 'failed'] += 1;
      }
    }
    for (const [note, skipped] of notes) process.stdout.write(`\n${skipped} skipped: ${note}`);
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
