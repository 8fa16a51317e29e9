import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{kernel,simulator,server,client,test,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/e2e/**'],
    // A test that cannot run must say so by failing: a skipped one would pass unseen.
    allowOnly: false,
    testTimeout: 20_000,
  },
});
