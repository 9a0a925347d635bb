// Reads every document in every way, all along, and complains of whatever a reader must never see.
import { createReadModel, ReadSession } from '@everfold/core';

/** Those that are written to most. */
const HOT = Array.from({ length: 10 }, (_, id) => `${id}`);

const FIELDS = { id: 'string', owner: 'string', balance: 'number', count: 'number', chain: 'string', last: 'object' };

/** What one document was when it was read, as one text; without its balance where folds differ in it. */
function textOf({ id, owner, balance, count, chain, last }, hasBalance) {
  return `${id} ${count} ${chain} ${last.getTime()} ${hasBalance ? balance : '-'} ${owner}`;
}

export class Reads {
  documents = 0;
  pagings = 0;
  reads = 0;
  #readModel;
  #complain;
  #pauseMs;
  #hasBalance;
  #stopping = false;
  /** By account: how many events it had seen, at the latest. */
  #latest = new Map();
  #owners = new Map();
  /** By account and number of events: the document. */
  #observed = new Map();

  constructor({ store, projection, hasBalance, pauseMs, complain }) {
    this.#readModel = createReadModel(store, projection);
    this.#hasBalance = hasBalance;
    this.#pauseMs = pauseMs;
    this.#complain = complain;
  }

  /** Reads until it is stopped, in several loops at once: what one has seen binds all reads that begin later. */
  async run() {
    // To begin with: whom there is, as soon as the read model is complete.
    await this.#page({ limit: 1_000 }, undefined, { timeoutMs: 600_000 });
    const session = new ReadSession().of(this.#readModel);
    await Promise.all([
      this.#forever(() => this.#some(HOT, this.#readModel)),
      this.#forever(() => this.#each(this.#readModel)),
      this.#forever(() => this.#each(session, { timeoutMs: 60_000 })),
      this.#forever(() => this.#page({ limit: 20 + below(400) })),
      this.#forever(() => this.#page({ orderBy: [['owner', below(2) === 0 ? 'asc' : 'desc']], limit: 20 + below(400) })),
      this.#forever(() => this.#pageOfOwner()),
      this.#forever(() => this.#top()),
    ]);
  }

  stop() {
    this.#stopping = true;
  }

  /** Everything that was seen, each state of a document once. */
  *seen() {
    for (const states of this.#observed.values()) yield* states.values();
  }

  async #forever(read) {
    while (!this.#stopping) {
      await read();
      await this.#rest();
    }
  }

  #rest() {
    return new Promise((resolve) => setTimeout(resolve, below(this.#pauseMs * 2)));
  }

  /** Every document by its id, some one by one. */
  async #each(readModel, options) {
    const ids = [...this.#latest.keys()];
    for (let from = 0; from < ids.length && !this.#stopping; await this.#rest()) {
      const some = ids.slice(from, from + (below(3) === 0 ? 1 : 1 + below(200)));
      from += some.length;
      await this.#some(some, readModel, options);
    }
  }

  async #some(ids, readModel, options) {
    const before = new Map(ids.map((id) => [id, this.#latest.get(id)]));
    const found =
      ids.length === 1
        ? new Map([[ids[0], await readModel.get(ids[0], options)]])
        : await readModel.getMany(ids, options);
    this.reads += 1;
    for (const id of ids)
      if (found.get(id) === undefined) this.#complain(`${id} has disappeared for get`);
      else this.#look(found.get(id), before);
  }

  #pageOfOwner() {
    const owners = [...new Set(this.#owners.values())];
    const owner = owners[below(owners.length)];
    return this.#page({ where: { owner }, limit: 5 + below(20) }, (id) => this.#owners.get(id) === owner);
  }

  /** All pages of a query whose order no event changes: everything that was there before must be met, and nothing twice. */
  async #page(query, isMeant = () => true, options = undefined) {
    const wanted = new Set([...this.#latest.keys()].filter(isMeant));
    const met = new Set();
    for (let cursor; !this.#stopping; await this.#rest()) {
      const before = new Map(this.#latest);
      const { items, next } = await this.#readModel.find({ ...query, cursor }, options);
      this.reads += 1;
      for (const document of items) {
        this.#look(document, before);
        if (met.has(document.id)) this.#complain(`${document.id} was met twice by ${JSON.stringify(query)}`);
        met.add(document.id);
        wanted.delete(document.id);
      }
      cursor = next;
      if (next !== undefined) continue;
      this.pagings += 1;
      for (const id of wanted) this.#complain(`${id} was skipped by ${JSON.stringify(query)}`);
      return;
    }
  }

  /** A page in an order that every event changes: by itself it is in order. */
  async #top() {
    const before = new Map(this.#latest);
    const { items } = await this.#readModel.find({ orderBy: [['balance', 'desc']], limit: 100 });
    this.reads += 1;
    for (const [index, document] of items.entries()) {
      this.#look(document, before);
      if (index > 0 && items[index - 1].balance < document.balance) this.#complain(`${document.id} is out of order`);
    }
  }

  #look(document, before) {
    this.documents += 1;
    for (const [field, type] of Object.entries(FIELDS))
      if (typeof document[field] !== type) this.#complain(`${document.id} is partial: ${JSON.stringify(document)}`);
    const { id, owner, count } = document;
    if (count < (before.get(id) ?? 0)) this.#complain(`${id} went back from ${before.get(id)} to ${count}`);
    if (count > (this.#latest.get(id) ?? 0)) this.#latest.set(id, count);
    this.#owners.set(id, owner);
    const states = this.#observed.get(id) ?? new Map();
    this.#observed.set(id, states);
    const text = textOf(document, this.#hasBalance);
    const known = states.get(count);
    if (known === undefined) states.set(count, text);
    else if (known !== text) this.#complain(`${id} was two things: ${known}; ${text}`);
  }
}

function below(end) {
  return Math.floor(Math.random() * end);
}
