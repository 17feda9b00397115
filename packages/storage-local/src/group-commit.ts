interface Group {
  /** The run that is under way. */
  running?: Promise<void> | undefined;
  /** The run that begins when that has ended. */
  next?: Promise<void> | undefined;
}

/**
 * Runs that many can share, by name, as the fsync of a folder: what was done before a run begins is covered by it, so those
 * who ask while one is under way wait for the next, together. A run that fails fails for all who waited for it.
 */
export class GroupCommit {
  readonly #groups: Map<string, Group> = new Map();
  readonly #run: (name: string) => Promise<void>;

  constructor(run: (name: string) => Promise<void>) {
    this.#run = run;
  }

  /** Resolves when a run that began after this call has ended. */
  async commit(name: string): Promise<void> {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = {}));
    if (group.next !== undefined) return await group.next;
    if (group.running === undefined) return await this.#start(name, group);
    const begin = (): Promise<void> => {
      group.next = undefined;
      return this.#start(name, group);
    };
    group.next = group.running.then(begin, begin);
    await group.next;
  }

  #start(name: string, group: Group): Promise<void> {
    const running = this.#run(name).finally(() => {
      group.running = undefined;
      if (group.next === undefined) this.#groups.delete(name);
    });
    group.running = running;
    return running;
  }
}
