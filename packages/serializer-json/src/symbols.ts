import { isWellFormed, refuseSymbol, wellKnownName } from "@coatcheck/core/serializer";
import type { Json } from "./kind.ts";
import { splitAtLoneSurrogates } from "./text.ts";

/** A symbol as a tag; refused where no other process has it. */
export function symbolTag(symbol: symbol): Json {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return { $symbol: isWellFormed(key) ? key : { $string: splitAtLoneSurrogates(key) } };
  const name = wellKnownName(symbol);
  if (name !== undefined) return { $wellKnownSymbol: name };
  return refuseSymbol(symbol);
}
