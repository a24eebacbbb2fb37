/** Whether whoever started us is still there. */

/**
 * Calls `gone` once when our parent has ended. npm runs scripts through a shell that passes no signal on:
 * `kill` on `npm start` ends npm and the shell, and would leave everything running with nobody to stop it.
 * Does nothing when we were not started by npm: then it is usual that the parent ends first.
 */
export function whenParentIsGone(gone: () => void, every = 500): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    gone();
  }, every);
  looking.unref();
}
