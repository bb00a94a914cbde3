// `ai` checks with zod, which tries whether it may compile code. It may not, and the browser would report the attempt.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
