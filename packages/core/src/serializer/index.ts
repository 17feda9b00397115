/**
 * What serializers share that carry JavaScript values exactly: telling ordinary objects from others, knowing built-in
 * classes in whichever realm they were made, refusing what is no data in words that say what to do, and registered classes.
 *
 * @module
 */
export { type Class, type ClassDefinition, ClassRegistry, type RegisteredClass } from "./classes.ts";
export { hasNothingBesideElements, isFrozen, isOpenObject, isOrdinary, isPlainArray } from "./ordinary.ts";
export { builtinName, isBuiltinInside, isNativeError, isProxy, util } from "./realm.ts";
export { mapStep, notDeserializable, notSerializable, pathOf, type Place, Refusal } from "./refusal.ts";
export {
  classOf,
  refuseAccessor,
  refuseChanged,
  refuseFunction,
  refuseObject,
  refuseOtherInside,
  refusePretender,
  refuseProxy,
  refuseSymbol,
} from "./refused.ts";
export { isFarOut, keepSparse } from "./sparse.ts";
export { wellKnownName, wellKnownSymbol } from "./symbols.ts";
export { urlOf } from "./url.ts";
export { isPooled, keysBesideElements, viewBuffer, viewName, viewRange } from "./views.ts";
export { isWellFormed } from "./well-formed.ts";
