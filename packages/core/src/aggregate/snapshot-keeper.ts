import { createHash } from 'node:crypto';
import type { Clock } from '../event/clock.js';
import type { FoldDefinition } from './aggregate-fold.js';
import { CommandMemory } from './command-memory.js';
import type { AggregatePlace } from './fold-event.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import { sealed, unsealed } from './snapshot-content.js';
import type { Snapshot, SnapshotStore } from './snapshot-store.js';
import type { AggregateKernel } from './state-form.js';

/** When snapshots are taken and where they are kept. They save reads, and never change what is decided. */
export interface SnapshotPolicy {
  readonly store: SnapshotStore;
  /** Takes one when so many events have come since the last, 1 or more. */
  readonly every: number;
  /**
   * Takes one also at the first commit after the last snapshot (or, without one, the first event) has become older than this,
   * in milliseconds by the repository's clock. Default: age plays no part.
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * Told when the snapshot store fails, or gives back what was not saved; commands go on without it. Default: a process
   * warning, once a repository.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** @internal Stores and loads the snapshots of one kind of aggregate, and never fails for the snapshot store's sake. */
export class SnapshotKeeper<S> {
  readonly #kernel: AggregateKernel<S>;
  readonly #policy: SnapshotPolicy;
  readonly #clock: Clock;
  readonly #fingerprint: string;
  #checked: boolean = false;
  #warned: boolean = false;

  /** @throws TypeError when the policy is malformed, or JSON would change the initial state. */
  constructor(kernel: AggregateKernel<S>, policy: SnapshotPolicy, clock: Clock) {
    const { every, maxAgeMs } = policy;
    if (!Number.isSafeInteger(every) || every < 1)
      throw new TypeError(`snapshots.every must be an integer from 1, not ${String(every)}.`);
    if (maxAgeMs !== undefined && !(maxAgeMs >= 0))
      throw new TypeError(`snapshots.maxAgeMs must be 0 or more, not ${String(maxAgeMs)}.`);
    this.#kernel = kernel;
    this.#policy = policy;
    this.#clock = clock;
    this.#fingerprint = fingerprintOf(kernel.definition);
    this.#assertJson(kernel.form.begin({ stream: '', id: '' }));
  }

  /**
   * Checks, before anything is written, that a snapshot of the state would give it back: once a repository, and whenever one
   * is about to be taken.
   *
   * @throws TypeError when JSON would change the state.
   */
  assertStorable(loaded: LoadedAggregate<S>, state: S, upcoming: number): void {
    if (this.#checked && !this.#isDue(loaded, upcoming)) return;
    this.#assertJson(state);
    this.#checked = true;
  }

  /** Takes a snapshot when one is due. */
  async take(loaded: LoadedAggregate<S>): Promise<void> {
    if (!this.#isDue(loaded, 0)) return;
    const takenAt = this.#clock.now();
    const snapshot = this.#encode(loaded, takenAt);
    if (snapshot === undefined) return;
    try {
      await this.#policy.store.save(snapshot);
      loaded.snapshotRevision = Math.max(loaded.snapshotRevision, snapshot.revision);
      loaded.snapshotSince = takenAt;
    } catch (error) {
      this.#report(error);
    }
  }

  /** The aggregate as of its snapshot; `undefined` when there is none that can be used. */
  async load(place: AggregatePlace): Promise<LoadedAggregate<S> | undefined> {
    try {
      const snapshot = await this.#policy.store.load(place.stream);
      return snapshot === undefined ? undefined : this.#decode(snapshot, place);
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #isDue({ revision, snapshotRevision, snapshotSince }: LoadedAggregate<S>, upcoming: number) {
    const { every, maxAgeMs } = this.#policy;
    const events = revision + upcoming - snapshotRevision;
    if (events >= every) return true;
    if (maxAgeMs === undefined || events < 1 || snapshotSince === undefined) return false;
    return this.#clock.now() - snapshotSince > maxAgeMs;
  }

  #assertJson(state: S): void {
    const problem = this.#kernel.form.problem(state);
    if (problem !== undefined)
      throw new TypeError(
        `Aggregate '${this.#kernel.definition.category}' cannot have snapshots: JSON would change its state at ${problem}. ` +
          'Nothing was written: keep plain values in the state, or use no snapshots.',
      );
  }

  #encode(loaded: LoadedAggregate<S>, takenAt: number): Snapshot | undefined {
    const { stream, revision, eventId, exists, state, commands } = loaded;
    if (eventId === undefined) return undefined;
    return sealed({
      stream,
      revision,
      fingerprint: this.#fingerprint,
      eventId,
      takenAt,
      exists,
      state: this.#kernel.form.toJson(state),
      commands: commands.toJson(),
    });
  }

  #decode(snapshot: Snapshot, place: AggregatePlace): LoadedAggregate<S> | undefined {
    const content = snapshot.stream === place.stream ? unsealed(snapshot) : undefined;
    if (content?.fingerprint !== this.#fingerprint) return undefined;
    const { revision, eventId, takenAt, exists } = content;
    const state = this.#kernel.form.fromJson(content.state, place);
    this.#kernel.form.standAt(state, revision);
    return {
      ...place,
      state,
      revision,
      position: undefined,
      eventId,
      exists,
      commands: CommandMemory.fromJson(content.commands),
      snapshotRevision: revision,
      snapshotSince: takenAt,
    };
  }

  #report(error: unknown): void {
    const { onError } = this.#policy;
    if (onError !== undefined) {
      try {
        onError(error);
      } catch {
        // Whoever is told must not be able to fail the command either.
      }
      return;
    }
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(
      `Snapshots of '${this.#kernel.definition.category}' fail, whole streams are read instead: ${String(error)}`,
      'EverfoldWarning',
    );
  }
}

/** Changes whenever the same events may lead to another state. */
function fingerprintOf<S>({ schemaVersion, handlers, ignored }: FoldDefinition<S>): string {
  const handled = Array.from(handlers, ([type, { version }]) => `${type}@${version}`);
  return createHash('sha256')
    .update(JSON.stringify([schemaVersion, inOrder(handled), inOrder([...ignored])]))
    .digest('base64url');
}

function inOrder(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}
