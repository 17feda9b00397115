// What the build of core takes every first-party package for: those are built after it.
declare const plugin: unknown;
export default plugin;
