import type { IEvent } from '@nestjs/cqrs';
import { notePending } from '../messages/pending-commits.js';

/** @internal What makes an aggregate durable: where its events go. */
export interface CommitTarget {
  /** @throws As `AggregateRepository.update`; nothing is written then. */
  commit(aggregate: object, events: readonly object[]): Promise<void>;
}

/** @internal On the prototypes of aggregates whose `commit()` appends. */
export const DURABLE = Symbol.for('everfold.nestjs.durable-aggregate');

const FRAME = Symbol.for('everfold.nestjs.cqrs-aggregate');

interface Frame {
  readonly uncommitted: IEvent[];
  target: CommitTarget | undefined;
  /** Settled when the last commit that was begun is over. */
  last: Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks it of the constructor of a mixin's base
type Constructor = new (...args: any[]) => object;

// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks it of the constructor of a mixin
type DurableConstructor = new (...args: any[]) => DurableAggregateRoot;

/** What {@link WithAggregateRoot} gives to a class. */
export interface DurableAggregateRoot {
  /** Always false. @throws TypeError when set to true: each event would be a commit of its own. */
  autoCommit: boolean;
  /**
   * Raises an event: folds it into this state by the method `on<EventClass>`, and keeps it for {@link commit}.
   *
   * @param event - An instance of a class that `cqrsAggregate` names.
   * @param options - `true` or `fromHistory`: it has happened, and is only folded. `skipHandler`: it is not folded now; it is
   * when it is loaded again.
   */
  apply(
    event: IEvent,
    options?: boolean | { readonly fromHistory?: boolean; readonly skipHandler?: boolean },
  ): void;
  /**
   * Appends what was applied to the aggregate's stream, durably: all of it, or none. Await it. A new aggregate is created, one
   * that was loaded is written at the revision at which it was loaded.
   *
   * Where it is called by a command that has an id, a repeat of that command writes nothing. When such a command has loaded an
   * aggregate and raises nothing, a mark is appended that says so, so that a repeat does nothing either.
   *
   * @throws ConcurrencyError when others have written to it since it was loaded; nothing is written. Load it again and decide
   * anew; the pipeline does so where the command has an id.
   * @throws TypeError when another commit of the same command (one with an id) has changed it since it was loaded; nothing is
   * written by this one.
   * @throws AggregateExistsError when it was not loaded, and there is one of this id; nothing is written.
   * @throws TypeError when it was neither loaded nor merged by `EventPublisher`, or an event's class is not named by
   * `cqrsAggregate`; nothing is written.
   */
  commit(): Promise<void>;
  /** Forgets what was applied and not committed. The state stays as it is: load it again. */
  uncommit(): void;
  /** What was applied and not committed. */
  getUncommittedEvents(): IEvent[];
  /** Folds what has happened. */
  loadFromHistory(history: readonly IEvent[]): void;
}

/**
 * As the mixin of `@nestjs/cqrs`, with a `commit()` that is durable, and therefore asynchronous. What it keeps is not
 * enumerable, and reaches neither JSON nor a comparison.
 */
export function WithAggregateRoot<TBase extends Constructor>(
  Base: TBase,
): TBase & DurableConstructor {
  abstract class AggregateRootOf extends Base implements DurableAggregateRoot {
    get [DURABLE](): true {
      return true;
    }
    get autoCommit(): boolean {
      return false;
    }
    set autoCommit(value: boolean) {
      if (value)
        throw new TypeError(
          'autoCommit cannot be durable: apply() is synchronous, and a commit is not. Apply what belongs together, and await commit().',
        );
    }
    apply(event: IEvent, options: Parameters<DurableAggregateRoot['apply']>[1] = {}): void {
      const { fromHistory = false, skipHandler = false } =
        typeof options === 'boolean' ? { fromHistory: options } : options;
      if (!fromHistory) frameOf(this).uncommitted.push(event);
      if (!skipHandler) this.getEventHandler(event)?.call(this, event);
    }
    commit(): Promise<void> {
      const committed = commitOf(this);
      notePending(committed);
      return committed;
    }
    uncommit(): void {
      frameOf(this).uncommitted.length = 0;
    }
    getUncommittedEvents(): IEvent[] {
      return frameOf(this).uncommitted;
    }
    loadFromHistory(history: readonly IEvent[]): void {
      for (const event of history) this.apply(event, true);
    }
    /** @throws TypeError always: what is published without being stored is lost with the process. */
    publish(): never {
      throw notDurable();
    }
    /** @throws TypeError always: what is published without being stored is lost with the process. */
    publishAll(): never {
      throw notDurable();
    }
    protected getEventHandler(event: IEvent): ((event: IEvent) => void) | undefined {
      return handlerNamed(this, this.getEventName(event));
    }
    protected getEventName(event: IEvent): string {
      return classNameOf(event);
    }
  }
  return AggregateRootOf as unknown as TBase & DurableConstructor;
}

const DurableBase: new () => DurableAggregateRoot = WithAggregateRoot(class {});

/**
 * As `AggregateRoot` of `@nestjs/cqrs`, with a `commit()` that is durable, and therefore asynchronous. For applications that were
 * written for that package; what is written anew is better off with `AggregateRoot` of `@everfold/core`.
 */
export abstract class AggregateRoot extends DurableBase {
  /** The method that folds an event: `on<EventClass>`; `undefined` when there is none. */
  protected getEventHandler(event: IEvent): ((event: IEvent) => void) | undefined {
    return handlerNamed(this, this.getEventName(event));
  }
  /** What handlers are named after: the name of the event's class. */
  protected getEventName(event: IEvent): string {
    return classNameOf(event);
  }
}

/** @internal Says where an aggregate's events go. @throws TypeError when it is none. */
export function attachTarget(aggregate: object, target: CommitTarget): void {
  if (typeof (aggregate as { readonly commit?: unknown }).commit !== 'function')
    throw new TypeError(
      "This is no aggregate: extend AggregateRoot of '@everfold/nestjs/cqrs', not the one of '@nestjs/cqrs'.",
    );
  frameOf(aggregate).target = target;
}

function handlerNamed(aggregate: object, name: string): ((event: IEvent) => void) | undefined {
  return Reflect.get(aggregate, `on${name}`) as ((event: IEvent) => void) | undefined;
}

function classNameOf(event: IEvent): string {
  return Reflect.getPrototypeOf(event)?.constructor.name ?? '';
}

function frameOf(aggregate: object): Frame {
  const present: unknown = Reflect.get(aggregate, FRAME);
  if (present !== undefined) return present as Frame;
  const frame: Frame = { uncommitted: [], target: undefined, last: Promise.resolve() };
  Object.defineProperty(aggregate, FRAME, { value: frame });
  return frame;
}

/** Commits of one aggregate follow each other: the second is written at the revision of the first. */
function commitOf(aggregate: object): Promise<void> {
  const frame = frameOf(aggregate);
  const commit = frame.last.then(async () => {
    const events = [...frame.uncommitted];
    if (frame.target === undefined) throw notMerged(aggregate);
    await frame.target.commit(aggregate, events);
    // What was applied meanwhile stays for the next commit.
    for (const event of events) forget(event, frame.uncommitted);
  });
  frame.last = commit.catch(() => undefined);
  return commit;
}

function forget(event: IEvent, events: IEvent[]): void {
  const index = events.indexOf(event);
  if (index !== -1) events.splice(index, 1);
}

function notMerged(aggregate: object): TypeError {
  return new TypeError(
    `${aggregate.constructor.name} cannot be committed: nothing says where. Load it from its repository, or hand a new one to ` +
      'EventPublisher.mergeObjectContext() first. Nothing was written.',
  );
}

function notDurable(): TypeError {
  return new TypeError(
    'publish() would lose the event with the process: apply() it and await commit(). With publishToEventBus, what was committed ' +
      'reaches the EventBus.',
  );
}
