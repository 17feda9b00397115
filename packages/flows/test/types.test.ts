import { expect, test } from "@jest/globals";
import { flow, type Flow, type Future, inputs, type State, task, type Task } from "@coatcheck/flows";

// These tests run in the compiler: what must not compile stands under @ts-expect-error, and `npm run typecheck` fails where
// it does. The functions here are never called.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isSame<A, B>(...difference: Same<A, B> extends true ? [] : ["the two types differ"]): void {
  expect(difference).toEqual([]);
}

test("types are checked by the compiler", () => expect(isSame).toBeInstanceOf(Function));

export async function parametersAndValues(): Promise<void> {
  const add = task(async (a: number, b?: string) => ({ a, b }));
  isSame<Awaited<ReturnType<typeof add>>, { a: number; b: string | undefined }>();
  isSame<Parameters<typeof add.returnState>["length"], 1 | 2>();
  const value = await add(1, "x");
  isSame<typeof value, { a: number; b: string | undefined }>();
  // @ts-expect-error: a number is asked for
  await add("1");
  // @ts-expect-error: an argument is missing
  await add();
  // @ts-expect-error: one argument too many
  await add(1, "x", 2);
  isSame<Awaited<ReturnType<typeof add.returnState>>, State<{ a: number; b: string | undefined }>>();
  isSame<ReturnType<typeof add.submit>, Future<{ a: number; b: string | undefined }>>();
  isSame<ReturnType<typeof add.map>, Future<{ a: number; b: string | undefined }>[]>();
  // @ts-expect-error: a future has no then
  void add.submit(1).then;
  // @ts-expect-error: submit checks its arguments too
  add.submit("1");
  // @ts-expect-error: and so does map
  add.map(["1"]);
  // @ts-expect-error: and returnState
  void add.returnState("1");
}

export async function functionsThatAreNotAsync(): Promise<void> {
  const plain = task((x: number) => x > 1);
  isSame<ReturnType<typeof plain>, Promise<boolean>>();
  const given = await flow((x: string) => x.length)("abc");
  isSame<typeof given, number>();
}

export async function parametersWithDefaults(): Promise<void> {
  const pages = task(async (url: string, first = 1, ...rest: readonly number[]) => [url, first, rest] as const);
  const value = await pages("u", 2, 3);
  isSame<typeof value, readonly [string, number, readonly number[]]>();
  await pages("u");
  await flow(async (day = "monday") => day)();
  // @ts-expect-error: the default says that it is a number
  await pages("u", "2");
  // @ts-expect-error: also as a future
  pages.submit("u", pages.submit("u"));
}

export async function functionsOfTypeParameters(): Promise<void> {
  const timed = <Args extends unknown[], Value>(fn: (...args: Args) => Promise<Value>): Task<typeof fn> => task(fn);
  const named = <F extends (...args: any[]) => Promise<unknown>>(fn: F): Task<F> => task(fn, { name: "named" });
  const add = timed(async (a: number, b: number) => a + b);
  isSame<Awaited<ReturnType<typeof add>>, number>();
  add.submit(1, add.submit(2, 3));
  const text = await named(async (x: number) => String(x))(1);
  isSame<typeof text, string>();
  // @ts-expect-error: a number is asked for
  await add("1", 2);
}

export async function functionsThatNeedThis(): Promise<void> {
  class Client {
    readonly url: string = "u";
    async typed(this: Client, path: string): Promise<string> {
      return this.url + path;
    }
  }
  const client = new Client();
  // @ts-expect-error: a task calls its function without this
  task(client.typed);
  // @ts-expect-error: and so does a flow
  flow(client.typed);
  const value = await task((path: string) => client.typed(path))("/a");
  isSame<typeof value, string>();
}

export async function genericsAndOverloads(): Promise<void> {
  const first = task(async <T>(values: readonly T[]): Promise<T | undefined> => values[0]);
  const text = await first(["a"]);
  isSame<typeof text, string | undefined>();

  function parse(value: string): Promise<number>;
  function parse(value: number): Promise<string>;
  async function parse(value: string | number): Promise<number | string> {
    return typeof value === "string" ? Number(value) : String(value);
  }
  const parsed = task(parse);
  isSame<typeof a, number>();
  isSame<typeof b, string>();
  const a = await parsed("1");
  const b = await parsed(1);
}

export async function futuresAndStatesAsArguments(): Promise<void> {
  const add = task(async (a: number, b: number) => a + b);
  const sum = task(async (values: readonly number[]) => values.length);
  const named = task(async ({ user }: { user: string }) => user);
  const future = add.submit(1, 2);
  const state = await add.returnState(future, 2);
  const value = await add(future, state);
  isSame<typeof value, number>();
  await sum([future, state, 3]);
  await named({ user: task(async () => "ada").submit() });
  sum.submit([future]);
  // @ts-expect-error: a future of another type
  await named({ user: future });
  // @ts-expect-error: a future of another type
  await add(task(async () => "x").submit(), 1);
}

export async function whatFlowsGiveBack(): Promise<void> {
  const one = task(async () => 1);
  const text = task(async () => "x");
  const ofFuture = await flow(async () => one.submit())();
  isSame<typeof ofFuture, number>();
  const ofState = await flow(async () => await one.returnState())();
  isSame<typeof ofState, number>();
  const ofList = await flow(async () => [one.submit(), await text.returnState()] as const)();
  isSame<typeof ofList, readonly [number, string]>();
  const ofMap = await flow(async () => task(async (x: number) => x).map([]))();
  isSame<typeof ofMap, number[]>();
  const ofValue = await flow(async (x: { a: string }) => x)({ a: "x" });
  isSame<typeof ofValue, { a: string }>();
}

export async function results(state: State<number>): Promise<void> {
  const raised = await state.result();
  isSame<typeof raised, number>();
  const given = await state.result({ raiseOnFailure: false });
  isSame<typeof given, number | Error>();
}

export function options(): void {
  const fn = async (x: number): Promise<number> => x;
  task(fn, { persistResult: true, result_storage: "s3/prod", cache_key: inputs(), cache_expiration: "1h" });
  task(fn, { cacheKey: ({ parameters }) => String(parameters["0"]), cacheExpiration: "1h", refreshCache: true });
  task(fn, {
    retries: 2,
    persistResult: false,
    retryDelay: [100, "1s"],
    retryIf: (error) => error instanceof TypeError,
  });
  flow(fn, { retries: 1, persist_result: true, resultStorage: null });
  // @ts-expect-error: caching needs the result kept
  task(fn, { cacheKey: inputs(), persistResult: false });
  // @ts-expect-error: also in snake_case
  task(fn, { cache_key: inputs(), persist_result: false });
  // @ts-expect-error: one option under two names
  task(fn, { cacheKey: inputs(), cache_key: inputs() });
  // @ts-expect-error: nothing is cached without a key
  task(fn, { cacheExpiration: "1h" });
  // @ts-expect-error: nothing is cached without a key
  task(fn, { refresh_cache: true });
  // @ts-expect-error: a flow does not cache
  flow(fn, { cacheKey: inputs() });
  // @ts-expect-error: there is no such option
  task(fn, { persistResults: true });
  // @ts-expect-error: nor this duration
  task(fn, { timeout: "soon" });
  // @ts-expect-error: map gives the function one argument, and this one needs two
  task(async (a: number, b: number) => a + b).map([1]);
  const changed = task(fn).withOptions({ persistResult: null, cacheKey: inputs() });
  isSame<typeof changed, Task<typeof fn>>();
  const changedFlow = flow(fn).withOptions({ result_storage: "s3/prod" });
  isSame<typeof changedFlow, Flow<typeof fn>>();
  // @ts-expect-error: withOptions knows the options too
  task(fn).withOptions({ retrys: 1 });
}
