/**
 * Loaded with `NODE_OPTIONS=--import=…`: the clock of the process and of its workers is ahead by FAULTS_CLOCK_MILLISECONDS (behind, below 0).
 * How it measures time (`performance.now`, timers) stays as it is, as on a machine whose clock was set.
 */
const ahead = Number(process.env.FAULTS_CLOCK_MILLISECONDS ?? 0);
const now = (): number => RightDate.now() + ahead;
const RightDate = Date;

globalThis.Date = new Proxy(RightDate, {
  construct: (target, values, self) => Reflect.construct(target, values.length === 0 ? [now()] : values, self) as Date,
  apply: (target) => new target(now()).toString(),
  get: (target, name, self) => (name === 'now' ? now : (Reflect.get(target, name, self) as unknown)),
});
