import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/scripts/**/*.test.js"],
    isolate: false, // each test makes its own database, site and modules; a process a file would cost seconds
    restoreMocks: true,
    unstubGlobals: true,
  },
});
